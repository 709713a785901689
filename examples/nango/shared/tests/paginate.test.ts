import { describe, expect, it } from 'vitest';

import { nextPageNumber, pages } from '../paginate.js';

import type { Page } from '../paginate.js';

function api(answers: Record<string, Page<string>>): (cursor: string | undefined) => Promise<Page<string>> {
    return async (cursor) => answers[cursor ?? 'start'] ?? { items: [], next: undefined };
}

async function walk(walked: AsyncGenerator<string[]>): Promise<string[][]> {
    const seen: string[][] = [];
    for await (const page of walked) {
        seen.push(page);
    }
    return seen;
}

describe('pages', () => {
    it('follows the cursor to the last page', async () => {
        const fetchPage = api({ start: { items: ['a', 'b'], next: 'more' }, more: { items: ['c'], next: undefined } });

        expect(await walk(pages(fetchPage))).toEqual([['a', 'b'], ['c']]);
    });

    it('takes an empty cursor as the end', async () => {
        expect(await walk(pages(api({ start: { items: ['a'], next: '' } })))).toEqual([['a']]);
    });

    it('passes over an empty page in the middle', async () => {
        const fetchPage = api({ start: { items: [], next: 'more' }, more: { items: ['a'], next: undefined } });

        expect(await walk(pages(fetchPage))).toEqual([['a']]);
    });

    it('fails when the API repeats a cursor', async () => {
        const fetchPage = api({ start: { items: ['a'], next: 'same' }, same: { items: ['b'], next: 'same' } });

        await expect(walk(pages(fetchPage))).rejects.toThrow('returned the cursor "same" twice');
    });

    it('fails when there is no end to it', async () => {
        const endless = async (cursor: string | undefined) => ({ items: ['a'], next: `${cursor ?? ''}x` });

        await expect(walk(pages(endless, 5))).rejects.toThrow('Stopped after 5 pages');
    });
});

describe('nextPageNumber', () => {
    it.each([
        { cursor: undefined, received: 100, next: '2' },
        { cursor: '2', received: 100, next: '3' },
        { cursor: '3', received: 99, next: undefined },
        { cursor: undefined, received: 0, next: undefined }
    ])('after page $cursor with $received of 100 comes $next', ({ cursor, received, next }) => {
        expect(nextPageNumber(cursor, received, 100)).toBe(next);
    });
});
