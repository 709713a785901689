import { Workflow } from '@useparagon/core';
import { IContext } from '@useparagon/core/execution';
import { createInputs, InputResultMap, ISalesforceIntegration } from '@useparagon/integrations/salesforce';

import { send } from '../../../shared/acme';

/** A contact that is created in Salesforce is sent to us. */
export default class extends Workflow<ISalesforceIntegration, {}, InputResultMap> {
  define(integration: ISalesforceIntegration, context: IContext<InputResultMap>) {
    const triggerStep = integration.triggers.recordCreated({ recordType: 'Contact' });
    const sendStep = send(context, '/contacts', `${triggerStep.output.result}`);

    triggerStep.nextStep(sendStep);
    return this.register({ triggerStep, sendStep });
  }

  name: string = 'Receive contacts';
  description: string = 'Brings new Salesforce contacts to Acme';
  inputs = createInputs({});
  defaultEnabled: boolean = false;
  hidden: boolean = false;
  readonly id: string = '5f7c0f2e-3a58-4f6a-8f0b-2f6f4f0f8d02';
}
