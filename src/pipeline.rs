//! The story: event → policy → work → checks → plan → gate → deploy → report.
