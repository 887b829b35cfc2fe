"""What a pack is: one style of one small network in a file, whoever wrote it.

Both who stores packs and who computes with them ask here; nothing here needs torch.
"""
