import { createConfigInputs, ICustomIntegrationConfig } from '@useparagon/core/integration';

import ReportRooms from './workflows/reportRooms';

export const inputs = createConfigInputs({
  subdomain: { id: 'e52a1b8f-61c1-4b9b-b0a0-93b7bb6b6c01', type: 'text', title: 'Subdomain' },
});

const config: ICustomIntegrationConfig = {
  name: 'Whereby',
  description: 'Open a video room from a task',
  accentColor: '#006654',
  overviewText: '',
  active: true,
  workflowDisplayOrder: [ReportRooms],
  authenticationType: 'oauth',
  authorizationUrl: 'https://id.whereby.example/authorize',
  accessTokenUrl: 'https://id.whereby.example/token',
  scopes: 'rooms.read',
  apiBaseUrl: 'https://api.whereby.example/v1',
  authorization: { type: 'bearer', token: '{{settings.oauthAccessToken}}' },
};

export default config;
