import { IEventInit } from '@useparagon/core/event';

const event: IEventInit<{ title: string; due: string }> = {
  name: 'New task',
  schema: { title: 'Call Ana', due: '2026-09-19' },
};

export default event;
