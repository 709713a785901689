import { NangoActionMock } from 'nango/test';
import { beforeEach, describe, expect, it } from 'vitest';

import action from '../actions/create-issue.js';

describe('github create-issue', () => {
    let nango: NangoActionMock;

    beforeEach(() => {
        nango = new NangoActionMock({ dirname: import.meta.dirname, name: 'create-issue', Model: 'GithubIssue' });
    });

    it('opens the issue and returns it as a record', async () => {
        const output = await action.exec(nango as never, await nango.getInput());

        expect(output).toEqual(await nango.getOutput());
        expect(action.output.safeParse(output).success).toBe(true);
    });

    it('never asks for a retry, which could open a second issue', async () => {
        await action.exec(nango as never, await nango.getInput());

        expect(nango.post.mock.calls[0]?.[0]).not.toHaveProperty('retries');
    });

    it.each(['acme', 'acme/api/issues', 'acme / api', ''])('refuses the repository "%s"', async (repository) => {
        await expect(action.exec(nango as never, { repository, title: 'Anything' })).rejects.toMatchObject({
            payload: { message: expect.stringContaining('owner/name') }
        });

        expect(nango.post).not.toHaveBeenCalled();
    });
});
