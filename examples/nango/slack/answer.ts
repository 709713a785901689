/** Slack answers a failed call with status 200 and `ok: false`. */
export type SlackAnswer<Body> = ({ ok: true } & Body) | { ok: false; error: string };

export function accepted<Body>(method: string, answer: SlackAnswer<Body>): { ok: true } & Body {
    if (!answer.ok) {
        throw new Error(`Slack refused ${method}: ${answer.error}`);
    }
    return answer;
}
