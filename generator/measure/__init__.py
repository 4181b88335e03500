"""What is measured on finished pictures and on photographs: one module a kind; few of them read the network."""
