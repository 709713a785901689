import { createInputs } from '@useparagon/integrations/salesforce';

const integrationInputs = createInputs({
  contact_mapping: {
    id: '8a7c1e52-0c1d-4f0e-9a50-5d3c8b3f7a11',
    title: 'Contact fields',
    tooltip: 'Which fields of a contact are kept',
    required: false,
    type: 'field_mapping',
  },
});

export default integrationInputs;
