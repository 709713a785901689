import { NangoSyncMock } from 'nango/test';
import { beforeEach, describe, expect, it } from 'vitest';

import sync from '../syncs/contacts.js';

describe('hubspot contacts', () => {
    let nango: NangoSyncMock;

    beforeEach(() => {
        nango = new NangoSyncMock({ dirname: import.meta.dirname, name: 'contacts', Model: 'HubspotContact' });
    });

    it('reads everything on the first run, page by page', async () => {
        await sync.exec(nango as never);

        const [first, second] = await nango.getBatchSaveData('HubspotContact');
        expect(nango.batchSave.mock.calls).toEqual([
            [first, 'HubspotContact'],
            [second, 'HubspotContact']
        ]);
    });

    it('remembers how far it came after each page', async () => {
        await sync.exec(nango as never);

        expect(nango.saveCheckpoint.mock.calls).toEqual([[{ changedAt: '2026-03-01T08:00:00.000Z' }], [{ changedAt: '2026-03-02T09:30:00.000Z' }]]);
    });

    it('goes on from where the last run ended', async () => {
        nango.getCheckpoint.mockResolvedValue({ changedAt: '2026-03-02T09:30:00.000Z' });

        await sync.exec(nango as never);

        expect(nango.post).toHaveBeenCalledTimes(1);
        expect(nango.batchSave).not.toHaveBeenCalled();
        expect(nango.saveCheckpoint).not.toHaveBeenCalled();
    });
});
