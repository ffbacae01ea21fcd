"""No models: the tables of the record log are fixed SQL (`schema.py`). Django looks here to send `post_migrate`."""
