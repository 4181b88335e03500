"""The thirteen convolution layers of VGG16 as a literal table.

Every convolution is 3x3, stride 1, SAME, followed by a ReLU; a 2x2 max pooling ends each block
(Simonyan and Zisserman 2014, configuration D). Stride and receptive field follow from that.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.errors import BadInput, did_you_mean

ARTICLE_SIZE_PX = 224
"""Side of the article's canvas, which is also the input size VGG16 was trained on."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One convolution layer; lengths are in pixels of the input picture.

    stride: from one place of the map to the next.
    receptive_field: side of what a place of the map sees.
    offset: by how much the field of the map's first place begins before the picture, in the padding.
    """

    name: str
    block: int
    index: int
    in_channels: int
    filters: int
    stride: int
    receptive_field: int
    offset: int

    @property
    def short(self) -> str:
        """Short name as people type it in the jump box: `b3c1`."""
        return f"b{self.block}c{self.index}"

    @property
    def caffe(self) -> str:
        """The layer's name in the published Caffe model: `conv3_1`."""
        return f"conv{self.block}_{self.index}"

    @property
    def torchvision(self) -> str:
        """The layer's name in torchvision's `vgg16`, where a ReLU follows every layer and a pooling ends a block."""
        before = next(place for place, layer in enumerate(LAYERS) if layer.name == self.name)
        return f"features.{2 * before + self.block - 1}"

    @property
    def minimum_size_px(self) -> int:
        """Smallest canvas that leaves the layer a map of at least 2x2."""
        return 2 * self.stride

    def field(self, place: int, size_px: int) -> tuple[int, int]:
        """Return the pixels that a row or column of the map sees of a picture of side `size_px`: first, and past last.

        What lies in the padding is cut off.
        """
        first = place * self.stride - self.offset
        return max(first, 0), min(first + self.receptive_field, size_px)

    @property
    def span(self) -> slice:
        """Where the layer's filters are among all of the network's, one layer after the other."""
        first = sum(each.filters for each in LAYERS[: LAYERS.index(self)])
        return slice(first, first + self.filters)


LAYERS: tuple[Layer, ...] = (
    Layer("block1_conv1", 1, 1, 3, 64, 1, 3, 1),
    Layer("block1_conv2", 1, 2, 64, 64, 1, 5, 2),
    Layer("block2_conv1", 2, 1, 64, 128, 2, 10, 4),
    Layer("block2_conv2", 2, 2, 128, 128, 2, 14, 6),
    Layer("block3_conv1", 3, 1, 128, 256, 4, 24, 10),
    Layer("block3_conv2", 3, 2, 256, 256, 4, 32, 14),
    Layer("block3_conv3", 3, 3, 256, 256, 4, 40, 18),
    Layer("block4_conv1", 4, 1, 256, 512, 8, 60, 26),
    Layer("block4_conv2", 4, 2, 512, 512, 8, 76, 34),
    Layer("block4_conv3", 4, 3, 512, 512, 8, 92, 42),
    Layer("block5_conv1", 5, 1, 512, 512, 16, 132, 58),
    Layer("block5_conv2", 5, 2, 512, 512, 16, 164, 74),
    Layer("block5_conv3", 5, 3, 512, 512, 16, 196, 90),
)

LAYER_NAMES: tuple[str, ...] = tuple(layer.name for layer in LAYERS)
FILTER_COUNT: int = sum(layer.filters for layer in LAYERS)
_BY_NAME = {layer.name: layer for layer in LAYERS}


def layer_named(name: str) -> Layer:
    """Return the layer called `name`; raise `BadInput` with the valid names when there is none."""
    try:
        return _BY_NAME[name]
    except KeyError:
        valid = ", ".join(LAYER_NAMES)
        raise BadInput(
            f"VGG16 has no convolution layer {name!r}; the layers are {valid}.{did_you_mean(name, LAYER_NAMES)}"
        ) from None


def three_digits(number: int) -> str:
    """Return a filter's number as it stands in addresses: `007`."""
    return f"{number:03d}"


def step_flops(layer: Layer, size_px: int) -> int:
    """Return the floating-point operations of one ascent step on one picture: forward and backward convolutions.

    The last convolution counts for one filter: only the wanted filter's slice of the kernel is applied.
    """
    total = 0
    for current in LAYERS:
        side, outputs = size_px // current.stride, 1 if current is layer else current.filters
        total += 2 * 2 * side**2 * 9 * current.in_channels * outputs
        if current is layer:
            break
    return total
