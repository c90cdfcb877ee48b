// Anthropic's client against the server of PAGODA_URL.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import Anthropic from '@anthropic-ai/sdk';

const model = 'qwen2.5-7b-instruct';
const clientOf = apiKey => new Anthropic({baseURL: process.env.PAGODA_URL, apiKey, authToken: null, maxRetries: 0});
const client = clientOf(process.env.PAGODA_API_KEY);

const weather = {
    name: 'get_weather',
    description: 'Tells the weather of a city.',
    input_schema: {
        type: 'object',
        properties: {city: {type: 'string'}, unit: {type: 'string', enum: ['celsius', 'fahrenheit']}},
        required: ['city', 'unit'],
    },
};

const thrown = promise => promise.then(() => assert.fail('it was not refused'), error => error);

test('a message is answered', async () => {
    const {data, request_id: requestId} = await client.messages
        .create({
            model,
            max_tokens: 200,
            system: 'Answer from the notes.',
            messages: [{role: 'user', content: [
                {type: 'text', text: '[1] Opening hours\nThe shop opens at nine in the morning.\n'},
                {type: 'text', text: 'When does the shop open?'},
            ]}],
        })
        .withResponse();
    assert.equal(data.type, 'message');
    assert.equal(data.role, 'assistant');
    assert.match(data.content[0].text, /nine in the morning/);
    assert.equal(data.stop_reason, 'end_turn');
    assert.ok(data.usage.input_tokens > 10);
    assert.ok(data.usage.output_tokens > 0);
    assert.equal(requestId, data.id.replace('msg_', 'req_'));
});

test('a stream says what the whole message says', async () => {
    const asked = {
        model,
        max_tokens: 60,
        temperature: 0,
        messages: [{role: 'user', content: 'What is a pagoda?'}],
    };
    const whole = await client.messages.create(asked);
    const stream = client.messages.stream(asked);
    let text = '';
    stream.on('text', piece => {
        text += piece;
    });
    const streamed = await stream.finalMessage();
    assert.equal(text, whole.content[0].text);
    assert.equal(streamed.content[0].text, text);
    assert.equal(streamed.stop_reason, whole.stop_reason);
    assert.equal(streamed.usage.output_tokens, whole.usage.output_tokens);
});

test('max_tokens and stop sequences end a message', async () => {
    const short = await client.messages.create({
        model,
        max_tokens: 3,
        messages: [{role: 'user', content: 'Tell me of pagodas.'}],
    });
    assert.equal(short.stop_reason, 'max_tokens');
    assert.equal(short.usage.output_tokens, 3);
    const asked = {
        model,
        max_tokens: 200,
        messages: [{role: 'user', content: '[1] Hours\nThe shop opens at nine in the morning.\n\nWhen does it open?'}],
        stop_sequences: ['never said', 'nine'],
    };
    const stopped = await client.messages.create(asked);
    assert.equal(stopped.stop_reason, 'stop_sequence');
    assert.equal(stopped.stop_sequence, 'nine');
    assert.doesNotMatch(stopped.content[0].text, /nine/);
    const streamed = await client.messages.stream(asked).finalMessage();
    assert.equal(streamed.stop_sequence, 'nine');
});

test('a tool is called, streamed or not, and its result is taken', async () => {
    const asked = {
        model,
        max_tokens: 500,
        tools: [weather],
        tool_choice: {type: 'tool', name: 'get_weather'},
        messages: [{role: 'user', content: 'What is the weather in Oslo?'}],
    };
    const message = await client.messages.create(asked);
    assert.equal(message.stop_reason, 'tool_use');
    const use = message.content.find(block => block.type === 'tool_use');
    assert.equal(use.name, 'get_weather');
    assert.match(use.id, /^toolu_/);
    assert.equal(typeof use.input.city, 'string');
    assert.ok(['celsius', 'fahrenheit'].includes(use.input.unit));

    const streamed = await client.messages.stream(asked).finalMessage();
    const streamedUse = streamed.content.find(block => block.type === 'tool_use');
    assert.ok(['celsius', 'fahrenheit'].includes(streamedUse.input.unit));

    const answer = await client.messages.create({
        ...asked,
        tool_choice: {type: 'none'},
        messages: [
            ...asked.messages,
            {role: 'assistant', content: message.content},
            {role: 'user', content: [{type: 'tool_result', tool_use_id: use.id, content: 'It snows in Oslo.'}]},
        ],
    });
    assert.ok(answer.content[0].text.length > 0);
});

test('it thinks before it answers', async () => {
    const message = await client.messages.stream({
        model,
        max_tokens: 3000,
        thinking: {type: 'enabled', budget_tokens: 1024},
        messages: [{role: 'user', content: 'What is a pagoda?'}],
    }).finalMessage();
    assert.deepEqual(message.content.map(block => block.type), ['thinking', 'text']);
    assert.ok(message.content[0].thinking.length > 0);
    assert.ok(message.content[0].signature.length > 0);
});

test('an answer keeps a schema', async () => {
    const message = await client.messages.create({
        model,
        max_tokens: 500,
        output_config: {format: {type: 'json_schema', schema: {
            type: 'object',
            properties: {name: {type: 'string'}, floors: {type: 'integer'}},
            required: ['name', 'floors'],
            additionalProperties: false,
        }}},
        messages: [{role: 'user', content: 'Describe a pagoda.'}],
    });
    const value = JSON.parse(message.content[0].text);
    assert.deepEqual(Object.keys(value).sort(), ['floors', 'name']);
    assert.ok(Number.isInteger(value.floors));
});

test('pictures and documents count', async () => {
    const count = content => client.messages
        .countTokens({model, messages: [{role: 'user', content}]})
        .then(counted => counted.input_tokens);
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const text = await count('What is it?');
    const picture = await count([
        {type: 'text', text: 'What is it?'},
        {type: 'image', source: {type: 'base64', media_type: 'image/png', data: png}},
    ]);
    const document = await count([
        {type: 'text', text: 'What is it?'},
        {type: 'document', source: {type: 'text', media_type: 'text/plain', data: 'A tower of many roofs.'}},
    ]);
    assert.ok(picture > text);
    assert.ok(document > text + 4);
});

test('models are listed and found', async () => {
    const ids = [];
    for await (const each of client.models.list({limit: 1})) {
        ids.push(each.id);
    }
    assert.ok(ids.includes(model));
    assert.equal((await client.models.retrieve(model)).type, 'model');
});

test('errors are raised as their own classes', async () => {
    const unknown = await thrown(
        client.messages.create({model: 'claude-none', max_tokens: 1, messages: [{role: 'user', content: 'x'}]}));
    assert.ok(unknown instanceof Anthropic.NotFoundError, String(unknown));
    assert.equal(unknown.error.error.type, 'not_found_error');
    assert.match(unknown.requestID, /^req_/);
    const bad = await thrown(client.messages.create({model, max_tokens: -1, messages: [{role: 'user', content: 'x'}]}));
    assert.ok(bad instanceof Anthropic.BadRequestError, String(bad));
    assert.match(bad.message, /max_tokens: Input should be greater than or equal to 1/);
    const stranger = await thrown(clientOf('pgd-none').models.list());
    assert.ok(stranger instanceof Anthropic.AuthenticationError, String(stranger));
});

test('an aborted stream ends', async () => {
    const stream = client.messages.stream({
        model,
        max_tokens: 20_000,
        messages: [{role: 'user', content: 'Tell me all of pagodas.'}],
    });
    stream.once('text', () => stream.abort());
    const error = await thrown(stream.finalMessage());
    assert.ok(error instanceof Anthropic.APIUserAbortError, String(error));
});
