import { NangoActionMock } from 'nango/test';
import { beforeEach, describe, expect, it } from 'vitest';

import action from '../actions/post-message.js';

describe('slack post-message', () => {
    let nango: NangoActionMock;

    beforeEach(() => {
        nango = new NangoActionMock({ dirname: import.meta.dirname, name: 'post-message', Model: 'ActionOutput_slack_postmessage' });
    });

    it('posts into the channel', async () => {
        const output = await action.exec(nango as never, await nango.getInput());

        expect(output).toEqual(await nango.getOutput());
    });

    it('answers in the thread when one is given', async () => {
        await action.exec(nango as never, { channel: 'C1', text: 'Done', thread: '1772445600.000100' });

        expect(nango.post.mock.calls[0]?.[0]).toMatchObject({ data: { thread_ts: '1772445600.000100' } });
    });

    it('fails when Slack refuses, although the status is 200', async () => {
        await expect(action.exec(nango as never, { channel: 'C9', text: 'Anyone here?' })).rejects.toThrow('Slack refused chat.postMessage: channel_not_found');
    });
});
