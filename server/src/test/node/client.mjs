// Makes one call with OpenAI's client as it is, and prints what it gave as JSON. NodeClientTest starts it:
//   node client.mjs CALL BASE_URL KEY
import { once } from 'node:events';
import OpenAI from 'openai';

const [call, baseURL, apiKey] = process.argv.slice(2);
const model = 'tiny';
const client = new OpenAI({ baseURL, apiKey });

/** A conversation of one message; `more` are further fields. */
function chat(content, more = {}) {
  return { model, messages: [{ role: 'user', content }], max_completion_tokens: 16, seed: 7, temperature: 1, ...more };
}

/** What a program sees of a call that fails. */
async function failure(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    const typed = ['BadRequestError', 'AuthenticationError', 'NotFoundError', 'RateLimitError'];
    return {
      type: typed.find((name) => error instanceof OpenAI[name]) ?? error.constructor.name,
      status: error.status,
      code: error.code,
      param: error.param,
      message: error.message,
      retryAfter: error.headers?.get('retry-after'),
    };
  }
}

async function all(stream) {
  const events = [];
  for await (const event of stream) {
    events.push(event);
  }
  return events;
}

const calls = {
  completes: () =>
    client.completions.create({ model, prompt: 'Hello', max_tokens: 12, seed: 3, temperature: 1, logprobs: 2 }),

  streamsCompletions: async () =>
    all(await client.completions.create({ model, prompt: 'Hello', max_tokens: 30, seed: 4, stream: true })),

  chats: () => client.chat.completions.create(chat('Hello', { n: 2, logprobs: true, top_logprobs: 3 })),

  streamsChats: async () =>
    all(await client.chat.completions.create(chat('Hello', { stream: true, stream_options: { include_usage: true } }))),

  /** The package's own reader of streams, which puts the parts together again. */
  assemblesStreams: () =>
    client.chat.completions.stream(chat('Hello', { n: 2, logprobs: true, top_logprobs: 1 })).finalChatCompletion(),

  responds: () => client.responses.create({ model, input: 'Hello', max_output_tokens: 16, temperature: 0 }),

  streamsResponses: async () =>
    all(await client.responses.create({ model, input: 'Hello', max_output_tokens: 16, temperature: 0, stream: true })),

  embeds: async () => {
    const input = ['Hello', 'World'];
    return {
      decoded: await client.embeddings.create({ model, input }),
      float: await client.embeddings.create({ model, input, encoding_format: 'float' }),
      base64: await client.embeddings.create({ model, input, encoding_format: 'base64' }),
      shorter: await client.embeddings.create({ model, input: 'Hello', dimensions: 8 }),
    };
  },

  models: async () => ({ list: await all(client.models.list()), one: await client.models.retrieve(model) }),

  manyAtOnce: () =>
    Promise.all(
      Array.from({ length: 24 }, async (_, i) => {
        const answer = await client.chat.completions.create(chat(`Number ${i}`));
        return answer.choices[0].message.content;
      }),
    ),

  badRequests: async () => [
    await failure(client.chat.completions.create(chat('Hello', { temperature: 3 }))),
    await failure(client.chat.completions.create(chat('Hello', { temperature: 3, stream: true }))),
    await failure(client.chat.completions.create(chat('word '.repeat(1000)))),
    await failure(client.models.retrieve('none')),
    await failure(client.chat.completions.create(chat('Hello', { model: 'none' }))),
  ],

  failsAtOnce: () => failure(client.chat.completions.create(chat('Hello', { n: 3 }), { maxRetries: 0 })),

  /** Two choices, so that one is in the queue while the other streams; goes on when it is told to on standard input. */
  aborts: async () => {
    const controller = new AbortController();
    const request = chat('Hello', { n: 2, max_completion_tokens: 200, stream: true });
    const stream = await client.chat.completions.create(request, { signal: controller.signal });
    let events = 0;
    for await (const _ of stream) {
      events++;
      controller.abort();
    }
    await once(process.stdin, 'end', process.stdin.resume());
    return { events, aborted: controller.signal.aborted, models: (await all(client.models.list())).length };
  },

  /** The same before anything has come. */
  abortsEarly: async () => {
    const controller = new AbortController();
    const answer = client.chat.completions.create(chat('Hello', { n: 2 }), { signal: controller.signal });
    const failed = answer.then(() => 'answered', (error) => error.constructor.name);
    await once(process.stdin, 'end', process.stdin.resume());
    controller.abort();
    return { failed: await failed, models: (await all(client.models.list())).length };
  },
};

console.log(JSON.stringify(await calls[call]()));
