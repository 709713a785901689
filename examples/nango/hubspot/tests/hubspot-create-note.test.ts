import { NangoActionMock } from 'nango/test';
import { expect, it } from 'vitest';

import action from '../actions/create-note.js';

it('writes the note and ties it to the contact', async () => {
    const nango = new NangoActionMock({ dirname: import.meta.dirname, name: 'create-note', Model: 'ActionOutput_hubspot_createnote' });

    const output = await action.exec(nango as never, await nango.getInput());

    expect(output).toEqual(await nango.getOutput());
});
