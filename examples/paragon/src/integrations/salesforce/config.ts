import { IIntegrationConfig } from '@useparagon/core/integration';

import SyncNewTasks from './workflows/Sync new tasks';
import ReceiveContacts from './workflows/receiveContacts';

const config: IIntegrationConfig = {
  description: 'Keep tasks and contacts in step with Salesforce',
  overviewText: 'Connect Salesforce to send tasks there, and to receive its contacts.',
  showWatermark: false,
  workflowDisplayOrder: [SyncNewTasks, ReceiveContacts],
};

export default config;
