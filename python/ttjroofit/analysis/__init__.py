"""One physics question a module: takes a model, returns a result."""
