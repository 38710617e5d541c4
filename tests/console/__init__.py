"""A package, so that fixtures may last for just these tests: while a browser is there, no other has an event loop."""
