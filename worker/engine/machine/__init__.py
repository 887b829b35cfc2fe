"""What computes where: devices, memory, tiles. Knows no picture and no network."""
