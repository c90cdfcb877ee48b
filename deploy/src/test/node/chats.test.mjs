// OpenAI's client: chats, tools, structured output, errors and aborts, against the server of PAGODA_URL.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import OpenAI, {toFile} from 'openai';

const model = 'qwen2.5-7b-instruct';
const clientOf = apiKey => new OpenAI({baseURL: `${process.env.PAGODA_URL}/v1`, apiKey, maxRetries: 0});
const client = clientOf(process.env.PAGODA_API_KEY);
const ask = content => [{role: 'user', content}];
const thrown = promise => promise.then(() => assert.fail('it was not refused'), error => error);

const weather = {
    type: 'function',
    function: {
        name: 'get_weather',
        description: 'Tells the weather of a city.',
        strict: true,
        parameters: {
            type: 'object',
            properties: {city: {type: 'string'}, unit: {type: 'string', enum: ['celsius', 'fahrenheit']}},
            required: ['city', 'unit'],
            additionalProperties: false,
        },
    },
};

test('a stream says what the whole completion says', async () => {
    const asked = {model, messages: ask('What is a pagoda?'), temperature: 0, max_completion_tokens: 50};
    const whole = await client.chat.completions.create(asked);
    const stream = client.chat.completions.stream({...asked, stream_options: {include_usage: true}});
    let text = '';
    stream.on('content', piece => {
        text += piece;
    });
    const streamed = await stream.finalChatCompletion();
    assert.equal(text, whole.choices[0].message.content);
    assert.equal(streamed.choices[0].finish_reason, whole.choices[0].finish_reason);
    assert.deepEqual(streamed.usage, whole.usage);
    assert.equal(whole.choices[0].message.refusal, null);
    assert.equal(whole._request_id, whole.id);
});

test('several choices and logprobs come with each', async () => {
    const {choices} = await client.chat.completions.create({
        model, messages: ask('What is a pagoda?'), n: 3, logprobs: true, top_logprobs: 2, max_completion_tokens: 5,
    });
    assert.deepEqual(choices.map(choice => choice.index), [0, 1, 2]);
    choices.forEach(choice => {
        assert.equal(choice.logprobs.content.length, 5);
        assert.equal(choice.logprobs.content[0].top_logprobs.length, 2);
    });
});

test('tools are run until there is an answer', async () => {
    const heard = [];
    const runner = client.chat.completions.runTools({
        model,
        messages: ask('What is the weather in Oslo?'),
        tools: [{...weather, function: {
            ...weather.function,
            parse: JSON.parse,
            function: ({city, unit}) => {
                heard.push(unit);
                return `It snows in ${city}.`;
            },
        }}],
    });
    assert.ok((await runner.finalContent()).length > 0);
    assert.ok(heard.every(unit => ['celsius', 'fahrenheit'].includes(unit)), String(heard));
});

test('a chosen tool is called, streamed or not', async () => {
    const asked = {
        model,
        messages: ask('What is the weather in Oslo?'),
        tools: [weather],
        tool_choice: {type: 'function', function: {name: 'get_weather'}},
    };
    const whole = await client.chat.completions.create(asked);
    const [call] = whole.choices[0].message.tool_calls;
    assert.ok(['celsius', 'fahrenheit'].includes(JSON.parse(call.function.arguments).unit));
    const streamed = await client.chat.completions.stream(asked).finalChatCompletion();
    const [streamedCall] = streamed.choices[0].message.tool_calls;
    assert.equal(streamedCall.function.name, 'get_weather');
    assert.equal(typeof JSON.parse(streamedCall.function.arguments).city, 'string');
});

test('an answer keeps its schema', async () => {
    const schema = {
        type: 'object',
        properties: {name: {type: 'string'}, floors: {type: 'integer'}, roofs: {type: 'array', items: {type: 'string'}}},
        required: ['name', 'floors', 'roofs'],
        additionalProperties: false,
    };
    const {choices} = await client.chat.completions.create({
        model,
        messages: ask('Describe a pagoda.'),
        response_format: {type: 'json_schema', json_schema: {name: 'tower', strict: true, schema}},
    });
    const value = JSON.parse(choices[0].message.content);
    assert.deepEqual(Object.keys(value).sort(), ['floors', 'name', 'roofs']);
    assert.ok(Array.isArray(value.roofs));
});

test('errors are raised as their own classes', async () => {
    const unknown = await thrown(client.chat.completions.create({model: 'none', messages: ask('x')}));
    assert.ok(unknown instanceof OpenAI.NotFoundError, String(unknown));
    assert.equal(unknown.code, 'model_not_found');
    const bad = await thrown(client.chat.completions.create({model, messages: ask('x'), temperature: 3}));
    assert.ok(bad instanceof OpenAI.BadRequestError, String(bad));
    assert.equal(bad.param, 'temperature');
    const stranger = await thrown(clientOf('pgd-none').models.list());
    assert.ok(stranger instanceof OpenAI.AuthenticationError, String(stranger));
});

test('an aborted stream ends', async () => {
    const stream = client.chat.completions.stream({
        model, messages: ask('Tell me all of pagodas.'), max_completion_tokens: 20_000,
    });
    stream.once('content', () => stream.abort());
    const error = await thrown(stream.finalChatCompletion());
    assert.ok(error instanceof OpenAI.APIUserAbortError, String(error));
});

test('a service tier is told and booked at its price', async () => {
    const costOf = async serviceTier => {
        const answer = await client.chat.completions.create({
            model, messages: ask('What is a pagoda?'), max_completion_tokens: 7, service_tier: serviceTier,
        });
        const booked = await fetch(`${process.env.PAGODA_URL}/platform/usage/records?request_id=${answer.id}`, {
            headers: {authorization: `Bearer ${process.env.PAGODA_API_KEY}`},
        });
        const [record] = (await booked.json()).data;
        assert.equal(record.tier, answer.service_tier);
        assert.equal(record.completion_tokens, answer.usage.completion_tokens);
        return record.cost_nanos;
    };
    const list = await costOf('default');
    assert.ok(list > 0);
    assert.equal(2 * await costOf('flex'), list);
    assert.equal(await costOf('priority'), 2 * list);
});

test('a batch is worked on for half the price', async () => {
    const body = {model, messages: ask('What is a pagoda?'), max_completion_tokens: 7, temperature: 0};
    const line = JSON.stringify({custom_id: 'a', method: 'POST', url: '/v1/chat/completions', body});
    const file = await client.files.create({file: await toFile(Buffer.from(line), 'in.jsonl'), purpose: 'batch'});
    let batch = await client.batches.create({
        input_file_id: file.id,
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
        output_expires_after: {anchor: 'created_at', seconds: 3600},
    });
    for (const end = Date.now() + 60_000; batch.status !== 'completed'; batch = await client.batches.retrieve(batch.id)) {
        assert.ok(Date.now() < end, JSON.stringify(batch));
        await new Promise(resolve => setTimeout(resolve, 100));
    }
    const output = await client.files.retrieve(batch.output_file_id);
    assert.equal(output.expires_at, output.created_at + 3600);
    const {response} = JSON.parse(await (await client.files.content(batch.output_file_id)).text());
    const whole = await client.chat.completions.create(body);
    assert.deepEqual(response.body.choices, whole.choices);
    const records = async id => (await (await fetch(`${process.env.PAGODA_URL}/platform/usage/records?request_id=${id}`, {
        headers: {authorization: `Bearer ${process.env.PAGODA_API_KEY}`},
    })).json()).data;
    const [booked] = await records(response.body.id);
    const [listed] = await records(whole.id);
    assert.equal(booked.tier, 'batch');
    assert.equal(2 * booked.cost_nanos, listed.cost_nanos);
});

test('a response names items, thinks in short and leaves out what does not fit', async () => {
    const first = await client.responses.create({model, input: 'Say: salt.', max_output_tokens: 30});
    const input = [{type: 'item_reference', id: first.output[0].id}, {role: 'user', content: 'And again?'}];
    const counted = await client.responses.inputTokens.count({model, input});
    assert.ok(counted.input_tokens > (await client.responses.inputTokens.count({model, input: 'And again?'})).input_tokens);
    const lost = await thrown(client.responses.create({model, input: [{type: 'item_reference', id: 'msg_none'}]}));
    assert.ok(lost instanceof OpenAI.NotFoundError, String(lost));

    const thought = await client.responses.stream({
        model,
        input: 'What is a pagoda?',
        reasoning: {effort: 'low', summary: 'auto'},
        include: ['reasoning.encrypted_content'],
        max_output_tokens: 300,
    }).finalResponse();
    const reasoning = thought.output.find(item => item.type === 'reasoning');
    assert.equal(reasoning.summary[0].type, 'summary_text');
    assert.ok(reasoning.encrypted_content.length > 0);

    const endless = Array.from({length: 40}, () => ({role: 'user', content: 'Salt water. '.repeat(500)}));
    const asked = {model, input: [...endless, {role: 'user', content: 'What is a pagoda?'}], max_output_tokens: 20};
    const refused = await thrown(client.responses.create(asked));
    assert.equal(refused.code, 'context_length_exceeded');
    const fitted = await client.responses.create({...asked, truncation: 'auto'});
    assert.ok(fitted.output_text.length > 0);
});
