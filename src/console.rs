//! What is said while running: live output, groups, colours. The only place that prints.
