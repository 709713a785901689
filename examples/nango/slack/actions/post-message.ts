import { createAction } from 'nango';
import { z } from 'zod';

import { accepted } from '../answer.js';

import type { SlackAnswer } from '../answer.js';

const Message = z.object({
    channel: z.string(),
    text: z.string(),
    thread: z.string().optional()
});

const Posted = z.object({
    channel: z.string(),
    timestamp: z.string()
});

const action = createAction({
    version: '1.2.0',
    description: 'Posts a message into a channel or a thread',
    endpoint: { method: 'POST', path: '/slack/messages', group: 'Messages' },
    scopes: ['chat:write'],
    input: Message,
    output: Posted,

    exec: async (nango, { channel, text, thread }) => {
        const { data } = await nango.post<SlackAnswer<{ channel: string; ts: string }>>({
            endpoint: '/chat.postMessage',
            data: { channel, text, ...(thread ? { thread_ts: thread } : {}) }
        });

        const posted = accepted('chat.postMessage', data);
        return { channel: posted.channel, timestamp: posted.ts };
    }
});

export default action;
