import { NangoActionMock } from 'nango/test';
import { expect, it } from 'vitest';

import script from '../on-events/choose-repositories.js';

it('chooses repositories that have issues and are not archived', async () => {
    const nango = new NangoActionMock({ dirname: import.meta.dirname, name: 'choose-repositories', Model: '' });

    await script.exec(nango as never);

    expect(nango.updateMetadata).toHaveBeenCalledExactlyOnceWith({ repositories: ['acme/api', 'acme/web'] });
});

it('chooses twenty at most', async () => {
    const nango = new NangoActionMock({ dirname: import.meta.dirname, name: 'choose-repositories', Model: '' });
    const many = Array.from({ length: 30 }, (_, n) => ({ full_name: `acme/${n}`, archived: false, has_issues: true }));
    nango.get.mockResolvedValue({ data: many, headers: {}, status: 200 });

    await script.exec(nango as never);

    const [chosen] = nango.updateMetadata.mock.calls[0] as unknown as [{ repositories: string[] }];
    expect(chosen.repositories).toHaveLength(20);
    expect(chosen.repositories.at(-1)).toBe('acme/19');
});
