"""The kind `training`: a fast style, learnt from one painting and many photographs."""
