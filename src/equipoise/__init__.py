"""equipoise: write a trial's protocol once; run it, simulate it, analyse it, report it from that one file."""

__version__ = "0.1.0"
