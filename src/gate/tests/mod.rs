//! The gate's table, row by row, and what must hold whatever the evidence.

mod always;
mod answers;
mod preview;
mod proof;
mod removals;
mod scene;
mod state;
mod who;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use semver::Version;

use super::*;
use crate::context::config::{Acceptance, Config, ConsentRule, Destructive, Environment, FlagRule, Shown};
use crate::context::event::{Actor, Dispatch, Event, Push, Ref};
use crate::context::inputs::{Accept, ConsentInput, Inputs, Stated};
use crate::context::{Host, Run};
use crate::finding::{CheckReport, Counts, Finding, Suite, SuiteEnd, SuiteKind, Tested};
use crate::manifest::{Known, ResourceId, Subject};
use crate::names::{Digest, EnvironmentName, LaneId, ProjectId};
use crate::plan::message::{Code, Message};
use crate::plan::version::NumberLine;
use crate::plan::{Basis, Change, Plan, SCHEMA, UnknownField, What};
use crate::policy::{Decision, Intent, Reach, Target};
use crate::problem::{Fault, Problem};
use crate::release::{Consent, History, Release, ReleaseKind, ReleaseResult};
use crate::tests::facts::{branch, name, record, sha};
use scene::*;
