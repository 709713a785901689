/** One page of an API's answer, and the cursor of the page that follows it. */
export interface Page<Item> {
    items: Item[];
    next: string | undefined;
}

const MOST_PAGES = 1000;

/**
 * Walks an API page by page, whatever its cursor looks like (an opaque string, a page number, an offset).
 * An API that hands out the same cursor twice would keep a sync busy until it is killed, so that is an error.
 */
export async function* pages<Item>(fetchPage: (cursor: string | undefined) => Promise<Page<Item>>, mostPages: number = MOST_PAGES): AsyncGenerator<Item[], void, void> {
    let cursor: string | undefined;

    for (let count = 0; count < mostPages; count++) {
        const page = await fetchPage(cursor);
        if (page.items.length > 0) {
            yield page.items;
        }
        if (!page.next) {
            return;
        }
        if (page.next === cursor) {
            throw new Error(`The API returned the cursor ${JSON.stringify(cursor)} twice`);
        }
        cursor = page.next;
    }

    throw new Error(`Stopped after ${mostPages} pages`);
}

/** The cursor of the page after this one, for APIs that count pages from 1 and never say which is the last. */
export function nextPageNumber(cursor: string | undefined, received: number, perPage: number): string | undefined {
    return received < perPage ? undefined : String(Number(cursor ?? '1') + 1);
}
