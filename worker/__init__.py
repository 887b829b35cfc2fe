"""The workshop: takes slips from the queue, has the press paint, hands pictures in."""
