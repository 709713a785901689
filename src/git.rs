//! Git, as plumbing: argument vectors, no hooks, no foreign configuration, no prompts.
