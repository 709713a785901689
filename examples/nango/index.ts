import './github/syncs/issues.js';
import './github/syncs/old-issues.js';
import './github/actions/create-issue.js';
import './github/on-events/choose-repositories.js';

import './hubspot/syncs/companies.js';
import './hubspot/syncs/contacts.js';
import './hubspot/actions/create-note.js';

import './slack/syncs/users.js';
import './slack/actions/post-message.js';
