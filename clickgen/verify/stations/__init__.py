"""The places of a pipeline in their order, and where events were lost between them."""
