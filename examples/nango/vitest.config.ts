import { defineConfig } from 'vitest/config';

export default defineConfig({
    test: {
        include: ['*/tests/**/*.test.ts'],
        // The tests share no state, and loading the mocks anew for each file takes longer than all tests together.
        isolate: false
    }
});
