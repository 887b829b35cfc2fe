"""The parameters of jobs as options, made from the models of the contract."""
