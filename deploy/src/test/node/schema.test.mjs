// OpenAI's client and OpenAI's own description of its API (the file that OPENAI_DOCUMENT names: openapi.json of
// github.com/openai/openai-openapi): every answer and every event of the server of PAGODA_URL has to keep it.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {after, test} from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import OpenAI, {toFile} from 'openai';

// `nullable` is of OpenAPI 3.0, and no keyword of the JSON Schema that this description of OpenAPI 3.1 is in
const mended = value => {
    if (Array.isArray(value)) {
        return value.map(mended);
    }
    if (value === null || typeof value !== 'object') {
        return value;
    }
    // what a choice is of overlaps in several places, so that an answer of the right form is of two: any will do
    const {nullable, oneOf, ...others} = value;
    const rest = oneOf ? {...others, allOf: [...(others.allOf ?? []), {anyOf: oneOf}]} : others;
    const inner = Object.fromEntries(Object.entries(rest).map(([name, each]) => [name, mended(each)]));
    return nullable === true ? {anyOf: [inner, {type: 'null'}]} : inner;
};

const description = mended(JSON.parse(readFileSync(process.env.OPENAI_DOCUMENT, 'utf8')));
const model = 'qwen2.5-7b-instruct';
const seen = new Map();
const pending = [];
const faults = [];

// unknown keywords and formats are let through, nothing else is
const ajv = new Ajv({strict: false, allErrors: true, validateFormats: false, discriminator: false, logger: false});
ajv.addSchema({...description, $id: 'openai'});
const compiled = new Map();

const pointer = parts => `openai#/${parts.map(part => part.replaceAll('~', '~0').replaceAll('/', '~1')).map(encodeURIComponent).join('/')}`;

const validator = parts => {
    const at = pointer(parts);
    if (!compiled.has(at)) {
        compiled.set(at, ajv.compile({$ref: at}));
    }
    return compiled.get(at);
};

const templates = Object.keys(description.paths)
    .filter(path => !path.includes('?'))
    .map(path => ({path, form: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`)}))
    .sort((a, b) => a.path.split('{').length - b.path.split('{').length);

const check = (what, parts, value) => {
    const validate = validator(parts);
    if (!validate(value)) {
        // the deepest complaints say most: those of the other branches of a choice are noise
        const told = validate.errors.map(error => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
        faults.push(`${what}: ${told.slice(0, 8).join('; ')}\n      in ${JSON.stringify(value).slice(0, 400)}`);
    }
};

const events = text => text.split('\n\n')
    .map(event => event.split('\n').filter(line => line.startsWith('data: ')).map(line => line.slice(6)).join('\n'))
    .filter(data => data !== '' && data !== '[DONE]')
    .map(data => JSON.parse(data));

const heard = (method, path, status, type, text) => {
    const what = `${method} ${path} ${status}`;
    if (status >= 400) {
        check(what, ['components', 'schemas', 'ErrorResponse'], JSON.parse(text));
        return;
    }
    const template = templates.find(each => each.form.test(path) && description.paths[each.path][method]);
    assert.ok(template, `${what} is not described`);
    const key = `${method} ${template.path}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
    const responses = description.paths[template.path][method].responses;
    const content = responses[status]?.content;
    assert.ok(responses[status], `${what} has no such status`);
    if (!content) {
        return;
    }
    const base = ['paths', template.path, method, 'responses', String(status), 'content'];
    if (type.startsWith('text/event-stream')) {
        // the events of completions have no description: that of the whole object allows no null in finish_reason
        if (content['text/event-stream']) {
            events(text).forEach(event => check(`${what} event`, [...base, 'text/event-stream', 'schema'], event));
        }
    } else if (type.startsWith('application/json')) {
        const body = JSON.parse(text);
        if (template.path === '/chat/completions/{completion_id}/messages') {
            // its own example has a user's message, which the schema of an answer's message has no role for
            body.data.forEach(message => Object.assign(message, {role: 'assistant'}));
        }
        check(what, [...base, 'application/json', 'schema'], body);
    }
};

const listening = async (url, init) => {
    const response = await fetch(url, init);
    if (!init) {
        return response;
    }
    const {pathname} = new URL(url);
    const path = pathname.replace(/^\/v1/, '');
    const copy = response.clone();
    pending.push(copy.text().then(
        text => {
            if (!path.endsWith('/content') || response.status >= 400) {
                heard((init.method ?? 'GET').toLowerCase(), path, response.status, response.headers.get('content-type') ?? '', text);
            }
        },
        gone => assert.equal(gone.name, 'AbortError')));
    return response;
};

const client = new OpenAI({
    baseURL: `${process.env.PAGODA_URL}/v1`,
    apiKey: process.env.PAGODA_API_KEY,
    maxRetries: 0,
    fetch: listening,
});
const ask = content => [{role: 'user', content}];
const all = async stream => {
    const list = [];
    for await (const event of stream) {
        list.push(event);
    }
    return list;
};
const refused = (promise, kind) => promise.then(
    () => assert.fail('it was not refused'),
    error => assert.ok(error instanceof kind, `${error.constructor.name}: ${error}`));
const until = async (read, isDone) => {
    const end = Date.now() + 60_000;
    for (let now = await read(); ; now = await read()) {
        if (isDone(now)) {
            return now;
        }
        assert.ok(Date.now() < end, JSON.stringify(now));
        await new Promise(resolve => setTimeout(resolve, 200));
    }
};

const checked = (name, body) => test(name, async () => {
    const before = faults.length;
    await body();
    await Promise.all(pending.splice(0));
    assert.equal(faults.length, before, `\n  ${faults.slice(before).join('\n  ')}`);
});

const weather = {
    type: 'function',
    function: {
        name: 'get_weather',
        parameters: {type: 'object', properties: {city: {type: 'string'}}, required: ['city'], additionalProperties: false},
        strict: true,
    },
};
const schema = {
    type: 'object',
    properties: {name: {type: 'string'}, floors: {type: 'integer'}},
    required: ['name', 'floors'],
    additionalProperties: false,
};
const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

const chats = {
    plain: {model, messages: ask('What is a pagoda?'), max_completion_tokens: 20},
    several: {model, messages: ask('What is a pagoda?'), n: 3, max_completion_tokens: 5, logprobs: true, top_logprobs: 3},
    tools: {model, messages: ask('What is the weather in Oslo?'), tools: [weather], tool_choice: 'required'},
    custom: {
        model,
        messages: ask('Write it down.'),
        tools: [{type: 'custom', custom: {name: 'note'}}],
        tool_choice: {type: 'custom', custom: {name: 'note'}},
    },
    functions: {
        model,
        messages: ask('What is the weather in Oslo?'),
        functions: [{name: 'get_weather', parameters: weather.function.parameters}],
        function_call: {name: 'get_weather'},
    },
    form: {
        model,
        messages: ask('Describe a pagoda.'),
        response_format: {type: 'json_schema', json_schema: {name: 'tower', strict: true, schema}},
    },
    thought: {model, messages: ask('What is a pagoda?'), reasoning_effort: 'low', max_completion_tokens: 60},
    flex: {model, messages: ask('What is a pagoda?'), service_tier: 'flex', max_completion_tokens: 5},
    priority: {model, messages: ask('What is a pagoda?'), service_tier: 'priority', max_completion_tokens: 5},
};

for (const [name, asked] of Object.entries(chats)) {
    checked(`chat completions: ${name}`, async () => {
        await client.chat.completions.create(asked);
        if (name === 'custom') {
            return; // the description of chunks knows no custom tools
        }
        const streamed = await client.chat.completions.create({...asked, stream: true, stream_options: {include_usage: true}});
        assert.ok((await all(streamed)).length > 1);
        await all(await client.chat.completions.create({...asked, stream: true}));
    });
}

checked('chat completions: pictures, sounds and files are read', () => client.chat.completions.create({
    ...chats.plain,
    messages: ask([
        {type: 'text', text: 'What is this?'},
        {type: 'image_url', image_url: {url: `data:image/png;base64,${png.toString('base64')}`}},
    ]),
}));

checked('chat completions: kept ones are listed, told, changed and deleted', async () => {
    const metadata = {run: `schema-${Date.now()}`};
    const made = [];
    for (const asked of [chats.plain, chats.several, chats.tools]) {
        made.push(await client.chat.completions.create({...asked, store: true, metadata}));
    }
    await until(() => client.chat.completions.list({metadata}), list => list.data.length === 3);
    const first = await client.chat.completions.list({metadata, limit: 2, order: 'asc'});
    assert.deepEqual(first.data.map(each => each.id), made.slice(0, 2).map(each => each.id));
    assert.equal(first.has_more, true);
    assert.equal((await client.chat.completions.retrieve(made[1].id)).choices.length, 3);
    const changed = await client.chat.completions.update(made[0].id, {metadata: {run: 'changed'}});
    assert.deepEqual(changed.metadata, {run: 'changed'});
    const messages = await client.chat.completions.messages.list(made[0].id);
    assert.equal(messages.data[0].content, 'What is a pagoda?');
    for (const {id} of made) {
        assert.equal((await client.chat.completions.delete(id)).deleted, true);
    }
    await refused(client.chat.completions.retrieve(made[0].id), OpenAI.NotFoundError);
});

checked('completions', async () => {
    const asked = {model, prompt: ['One', 'Two'], max_tokens: 4, n: 2, logprobs: 2};
    assert.equal((await client.completions.create(asked)).choices.length, 4);
    await client.completions.create({model, prompt: 'One', echo: true, max_tokens: 4});
    await all(await client.completions.create({...asked, stream: true, stream_options: {include_usage: true}}));
});

checked('embeddings', async () => {
    const input = ['a cat', 'a kitten'];
    await client.embeddings.create({model: 'all-minilm-l6-v2', input, encoding_format: 'float'});
    await client.embeddings.create({model: 'all-minilm-l6-v2', input, dimensions: 8, encoding_format: 'float'});
});

checked('models', async () => {
    await client.models.list();
    assert.equal((await client.models.retrieve(model)).id, model);
});

checked('moderations', async () => {
    await client.moderations.create({input: ['I will kill you.', 'Good morning.'], model: 'omni-moderation-latest'});
    await client.moderations.create({input: [{type: 'text', text: 'Good morning.'}]});
});

const responses = {
    plain: {model, input: 'What is a pagoda?', max_output_tokens: 30},
    logprobs: {model, input: 'What is a pagoda?', max_output_tokens: 16, include: ['message.output_text.logprobs'], top_logprobs: 2},
    tools: {
        model,
        input: 'What is the weather in Oslo?',
        tools: [{type: 'function', ...weather.function}],
        tool_choice: 'required',
    },
    custom: {model, input: 'Write it down.', tools: [{type: 'custom', name: 'note'}], tool_choice: {type: 'custom', name: 'note'}},
    form: {model, input: 'Describe a pagoda.', text: {format: {type: 'json_schema', name: 'tower', strict: true, schema}}},
    thought: {model, input: 'What is a pagoda?', reasoning: {effort: 'low'}, max_output_tokens: 300},
    told: {
        model,
        instructions: 'Be brief.',
        input: [
            {role: 'developer', content: 'Speak plainly.'},
            {role: 'user', content: [
                {type: 'input_text', text: 'What is this?'},
                {type: 'input_image', image_url: `data:image/png;base64,${png.toString('base64')}`, detail: 'low'},
            ]},
        ],
        metadata: {a: 'b'},
        service_tier: 'flex',
        truncation: 'auto',
        temperature: 0.5,
        top_p: 0.5,
        user: 'me',
        prompt_cache_key: 'k',
        safety_identifier: 's',
    },
};

for (const [name, asked] of Object.entries(responses)) {
    checked(`responses: ${name}`, async () => {
        const whole = await client.responses.create(asked);
        await client.responses.retrieve(whole.id);
        await client.responses.inputItems.list(whole.id);
        await client.responses.inputTokens.count({model, input: asked.input});
        const told = await all(await client.responses.create({...asked, background: true, stream: true}));
        const begun = told[0].response.id;
        assert.deepEqual(await all(await client.responses.retrieve(begun, {stream: true, starting_after: 1})), told.slice(2));
        const {response} = (await all(await client.responses.create({...asked, stream: true}))).at(-1);
        const again = await all(await client.responses.retrieve(response.id, {stream: true}));
        assert.deepEqual(again.at(-1).response, response);
        const next = await client.responses.create({...responses.plain, previous_response_id: response.id});
        await client.responses.delete(next.id);
    });
}

checked('responses: in the background, cancelled and compacted', async () => {
    const begun = await client.responses.create({...responses.plain, background: true});
    await until(() => client.responses.retrieve(begun.id), response => response.status === 'completed'
        || response.status === 'incomplete');
    const long = await client.responses.create({model, input: 'Tell all of pagodas.', background: true, max_output_tokens: 20_000});
    assert.equal((await client.responses.cancel(long.id)).status, 'cancelled');
    const compacted = await client.responses.compact({model, input: [
        {role: 'user', content: 'My name is Ada.'},
        {role: 'assistant', content: 'Good morning, Ada.'},
    ]});
    assert.equal(compacted.object, 'response.compaction');
    await client.responses.create({model, input: [...compacted.output, {role: 'user', content: 'Go on.'}], max_output_tokens: 20});
});

checked('conversations and their items', async () => {
    const {id} = await client.conversations.create({metadata: {a: 'b'}, items: [{type: 'message', role: 'user', content: 'Hello.'}]});
    await client.conversations.retrieve(id);
    await client.conversations.update(id, {metadata: {a: 'c'}});
    const added = await client.conversations.items.create(id, {items: [
        {type: 'message', role: 'user', content: [{type: 'input_text', text: 'And?'}]},
        {type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{}'},
        {type: 'function_call_output', call_id: 'call_1', output: 'Snow.'},
    ]});
    await client.responses.create({...responses.plain, conversation: id});
    await client.responses.create({...responses.tools, conversation: id});
    await client.responses.create({...responses.thought, conversation: id});
    const items = await client.conversations.items.list(id, {limit: 100});
    assert.ok(items.data.length >= 9);
    for (const item of items.data) {
        await client.conversations.items.retrieve(item.id, {conversation_id: id});
    }
    await client.conversations.items.delete(added.data[0].id, {conversation_id: id});
    await client.conversations.delete(id);
});

checked('pictures', async () => {
    for (const format of ['png', 'jpeg', 'webp']) {
        await client.images.generate({model: 'gpt-image-1', prompt: 'A pagoda.', size: '1024x1024', output_format: format});
    }
    await client.images.generate({model: 'dall-e-3', prompt: 'A pagoda.', size: '1024x1024', response_format: 'url'});
    await all(await client.images.generate({model: 'gpt-image-1', prompt: 'A pagoda.', stream: true, partial_images: 2}));
    const image = () => toFile(png, 'a.png', {type: 'image/png'});
    await client.images.edit({model: 'gpt-image-1', image: await image(), prompt: 'Make it red.'});
    await all(await client.images.edit({model: 'gpt-image-1', image: await image(), prompt: 'Make it red.', stream: true}));
    await client.images.createVariation({model: 'dall-e-2', image: await image(), size: '256x256'});
});

checked('sounds', async () => {
    for (const format of ['mp3', 'wav', 'flac', 'pcm']) {
        const sound = await client.audio.speech.create({model: 'tts-1', voice: 'alloy', input: 'Good morning.', response_format: format});
        assert.ok((await sound.arrayBuffer()).byteLength > 100);
    }
    const streamed = await client.audio.speech.create({
        model: 'gpt-4o-mini-tts', voice: 'alloy', input: 'Good morning.', response_format: 'wav', stream_format: 'sse',
    });
    await streamed.text();
    const speech = await client.audio.speech.create({model: 'tts-1', voice: 'alloy', input: 'Good morning.', response_format: 'wav'});
    const bytes = Buffer.from(await speech.arrayBuffer());
    const file = () => toFile(bytes, 'a.wav');
    assert.equal((await client.audio.transcriptions.create({model: 'gpt-4o-transcribe', file: await file()})).text, 'Good morning.');
    await client.audio.transcriptions.create({
        model: 'whisper-1', file: await file(), response_format: 'verbose_json', timestamp_granularities: ['word', 'segment'],
    });
    await all(await client.audio.transcriptions.create({model: 'gpt-4o-transcribe', file: await file(), stream: true}));
    await client.audio.translations.create({model: 'whisper-1', file: await file()});
    await client.audio.translations.create({model: 'whisper-1', file: await file(), response_format: 'verbose_json'});
});

checked('files', async () => {
    const file = await client.files.create({
        file: await toFile(Buffer.from('{}\n'), 'a.jsonl'),
        purpose: 'batch',
        expires_after: {anchor: 'created_at', seconds: 86_400},
    });
    await client.files.retrieve(file.id);
    await client.files.list();
    await client.files.delete(file.id);
});

checked('uploads', async () => {
    const upload = await client.uploads.create({bytes: 10, filename: 'a.txt', mime_type: 'text/plain', purpose: 'assistants'});
    const part = async text => (await client.uploads.parts.create(upload.id, {data: await toFile(Buffer.from(text), 'p')})).id;
    const second = await part('67890');
    const first = await part('12345');
    const done = await client.uploads.complete(upload.id, {part_ids: [first, second]});
    assert.equal(done.status, 'completed');
    assert.equal(await (await client.files.content(done.file.id)).text(), '1234567890');
    const other = await client.uploads.create({bytes: 10, filename: 'b.txt', mime_type: 'text/plain', purpose: 'assistants'});
    assert.equal((await client.uploads.cancel(other.id)).status, 'cancelled');
});

checked('batches and the lines of their answers', async () => {
    const bodies = {
        '/v1/chat/completions': {...chats.plain},
        '/v1/completions': {model, prompt: 'One', max_tokens: 4},
        '/v1/embeddings': {model: 'all-minilm-l6-v2', input: 'a cat'},
        '/v1/responses': responses.plain,
        '/v1/moderations': {input: 'Good morning.'},
    };
    for (const [url, body] of Object.entries(bodies)) {
        const lines = [body, body, {...body, model: 'none', input: 3, prompt: 3}]
            .map((each, i) => JSON.stringify({custom_id: `r${i}`, method: 'POST', url, body: each}))
            .join('\n');
        const file = await client.files.create({file: await toFile(Buffer.from(lines), 'in.jsonl'), purpose: 'batch'});
        const begun = await client.batches.create({input_file_id: file.id, endpoint: url, completion_window: '24h', metadata: {a: 'b'}});
        const done = await until(() => client.batches.retrieve(begun.id), batch => batch.status === 'completed');
        assert.deepEqual(done.request_counts, {total: 3, completed: 2, failed: 1}, url);
        const lineOf = async id => (await (await client.files.content(id)).text()).trim().split('\n').map(line => JSON.parse(line));
        for (const line of [...await lineOf(done.output_file_id), ...await lineOf(done.error_file_id)]) {
            assert.deepEqual(Object.keys(line).sort(), ['custom_id', 'error', 'id', 'response']);
            heard('post', url.slice(3), line.response.status_code, 'application/json', JSON.stringify(line.response.body));
        }
    }
    const empty = await client.files.create({file: await toFile(Buffer.from('nonsense'), 'in.jsonl'), purpose: 'batch'});
    const failed = await client.batches.create({input_file_id: empty.id, endpoint: '/v1/completions', completion_window: '24h'});
    await until(() => client.batches.retrieve(failed.id), batch => batch.status === 'failed');
    const lines = Array.from({length: 200}, (_, i) => JSON.stringify({
        custom_id: `r${i}`, method: 'POST', url: '/v1/chat/completions', body: {...chats.plain, max_completion_tokens: 5_000},
    })).join('\n');
    const file = await client.files.create({file: await toFile(Buffer.from(lines), 'in.jsonl'), purpose: 'batch'});
    const long = await client.batches.create({input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h'});
    await client.batches.cancel(long.id);
    await client.batches.list();
});

checked('vector stores, their files and their batches of files', async () => {
    const store = await client.vectorStores.create({
        name: 'Help', metadata: {a: 'b'}, expires_after: {anchor: 'last_active_at', days: 1},
    });
    const upload = async text => client.files.create({file: await toFile(Buffer.from(text), 'a.txt'), purpose: 'assistants'});
    const file = await upload('The shop opens at nine in the morning.');
    const other = await upload('On Sundays it stays closed.');
    await client.vectorStores.files.createAndPoll(store.id, {file_id: file.id, attributes: {year: 2026}}, {pollIntervalMs: 100});
    const batch = await client.vectorStores.fileBatches.createAndPoll(store.id, {file_ids: [other.id]}, {pollIntervalMs: 100});
    await client.vectorStores.fileBatches.listFiles(batch.id, {vector_store_id: store.id});
    await client.vectorStores.fileBatches.cancel(batch.id, {vector_store_id: store.id});
    await client.vectorStores.files.list(store.id);
    await client.vectorStores.files.update(file.id, {vector_store_id: store.id, attributes: {year: 2027}});
    await client.vectorStores.files.content(file.id, {vector_store_id: store.id});
    await client.vectorStores.search(store.id, {query: 'When does the shop open?'});
    await client.vectorStores.files.delete(file.id, {vector_store_id: store.id});
    await client.vectorStores.retrieve(store.id);
    await client.vectorStores.update(store.id, {name: 'Help desk'});
    await client.vectorStores.list();
    await client.vectorStores.delete(store.id);
});

checked('errors', async () => {
    await refused(client.chat.completions.create({...chats.plain, model: 'none'}), OpenAI.NotFoundError);
    await refused(client.chat.completions.create({...chats.plain, temperature: 3}), OpenAI.BadRequestError);
    await refused(client.chat.completions.create({...chats.plain, messages: []}), OpenAI.BadRequestError);
    await refused(client.responses.create({model}), OpenAI.BadRequestError);
    await refused(client.images.generate({prompt: 'x', output_format: 'bmp'}), OpenAI.BadRequestError);
    await refused(client.audio.speech.create({model: 'tts-1', voice: 'alloy', input: 'x', response_format: 'ogg'}), OpenAI.BadRequestError);
    await refused(client.files.retrieve('file-none'), OpenAI.NotFoundError);
    await refused(client.files.content('file-none'), OpenAI.NotFoundError);
    await refused(client.batches.retrieve('batch_none'), OpenAI.NotFoundError);
    await refused(client.uploads.cancel('upload_none'), OpenAI.NotFoundError);
    await refused(client.vectorStores.retrieve('vs_none'), OpenAI.NotFoundError);
    await refused(client.vectorStores.search('vs_none', {query: 'x'}), OpenAI.NotFoundError);
    await refused(client.conversations.retrieve('conv_none'), OpenAI.NotFoundError);
    await refused(client.responses.retrieve('resp_none'), OpenAI.NotFoundError);
    await refused(client.chat.completions.retrieve('chatcmpl-none'), OpenAI.NotFoundError);
    await refused(client.models.retrieve('none'), OpenAI.NotFoundError);
    await refused(client.models.delete('none'), OpenAI.NotFoundError);
    await refused(client.get('/nowhere'), OpenAI.NotFoundError);
    await refused(client.put('/chat/completions'), OpenAI.APIError);
    await refused(client.withOptions({apiKey: 'pgd-none'}).models.list(), OpenAI.AuthenticationError);
});

test('everything that both describe was answered', async () => {
    const ours = await (await fetch(`${process.env.PAGODA_URL}/openapi.json`)).json();
    const missed = Object.entries(ours.paths)
        .filter(([path]) => path.startsWith('/v1/'))
        .flatMap(([path, item]) => ['get', 'post', 'delete'].filter(method => item[method]).map(method => [method, path.slice(3)]))
        .map(([method, path]) => [method, templates.find(each => each.form.test(path) && description.paths[each.path][method])])
        .filter(([, template]) => template)
        .map(([method, template]) => `${method} ${template.path}`)
        // what has no body to check, and what nobody may delete
        .filter(key => !['get /files/{file_id}/content', 'delete /models/{model}', 'post /audio/speech'].includes(key))
        .filter(key => !seen.has(key));
    assert.deepEqual(missed, []);
});

after(() => console.log(`# ${[...seen.values()].reduce((sum, n) => sum + n, 0)} answers to ${seen.size} operations were checked`));
