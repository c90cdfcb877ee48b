// Vercel's AI SDK and LangChain against the server of PAGODA_URL.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createOpenAICompatible} from '@ai-sdk/openai-compatible';
import {HumanMessage, ToolMessage} from '@langchain/core/messages';
import {tool as langchainTool} from '@langchain/core/tools';
import {ChatOpenAI, OpenAIEmbeddings} from '@langchain/openai';
import {embedMany, generateObject, generateText, stepCountIs, streamText, tool} from 'ai';
import {z} from 'zod';

const name = 'qwen2.5-7b-instruct';
const baseURL = `${process.env.PAGODA_URL}/v1`;
const apiKey = process.env.PAGODA_API_KEY;
const pagoda = createOpenAICompatible({name: 'pagoda', baseURL, apiKey, includeUsage: true, supportsStructuredOutputs: true});
const model = pagoda(name);
const chat = fields => new ChatOpenAI({model: name, apiKey, maxRetries: 0, configuration: {baseURL}, ...fields});
const tower = z.object({name: z.string(), floors: z.number().int(), open: z.boolean()});
const thrown = promise => promise.then(() => assert.fail('it was not refused'), error => error);

test('ai: a text is generated and streamed', async () => {
    const asked = {model, temperature: 0, maxOutputTokens: 50, prompt: 'What is a pagoda?', maxRetries: 0};
    const whole = await generateText(asked);
    assert.ok(whole.text.length > 0);
    assert.ok(whole.usage.inputTokens > 0);
    const streamed = streamText(asked);
    let text = '';
    for await (const piece of streamed.textStream) {
        text += piece;
    }
    assert.equal(text, whole.text);
    assert.equal((await streamed.usage).outputTokens, whole.usage.outputTokens);
    assert.equal(await streamed.finishReason, whole.finishReason);
});

test('ai: tools are called and answered', async () => {
    const heard = [];
    const result = await generateText({
        model,
        maxRetries: 0,
        prompt: 'What is the weather in Oslo?',
        tools: {
            weather: tool({
                description: 'Tells the weather of a city.',
                inputSchema: z.object({city: z.string()}),
                execute: async ({city}) => {
                    heard.push(city);
                    return {city, sky: 'snow'};
                },
            }),
        },
        prepareStep: ({stepNumber}) => ({toolChoice: stepNumber === 0 ? 'required' : 'none'}),
        stopWhen: stepCountIs(3),
    });
    assert.equal(heard.length, 1);
    assert.equal(result.steps.length, 2);
    assert.ok(result.text.length > 0);
});

test('ai: an object keeps its schema', async () => {
    const {object} = await generateObject({model, schema: tower, prompt: 'Describe a pagoda.', maxRetries: 0});
    assert.ok(Number.isInteger(object.floors));
});

test('ai: values are embedded', async () => {
    const {embeddings} = await embedMany({
        model: pagoda.textEmbeddingModel('all-minilm-l6-v2'),
        values: ['a cat', 'a kitten'],
    });
    assert.deepEqual(embeddings.map(each => each.length), [384, 384]);
});

test('ai: errors and aborts reach the caller', async () => {
    const error = await thrown(generateText({model: pagoda('none'), prompt: 'x', maxRetries: 0}));
    assert.equal(error.statusCode, 404);
    const abort = new AbortController();
    const stream = streamText({
        model,
        prompt: 'Tell me all of pagodas.',
        maxOutputTokens: 20_000,
        maxRetries: 0,
        abortSignal: abort.signal,
    });
    const kinds = [];
    for await (const part of stream.fullStream) {
        kinds.push(part.type);
        if (part.type === 'text-delta') {
            abort.abort();
        }
    }
    assert.equal(kinds.at(-1), 'abort');
});

test('langchain: a message is answered and streamed', async () => {
    const asked = chat({temperature: 0, maxTokens: 50});
    const whole = await asked.invoke('What is a pagoda?');
    assert.ok(whole.content.length > 0);
    assert.ok(whole.usage_metadata.total_tokens > 0);
    let text = '';
    for await (const piece of await asked.stream('What is a pagoda?')) {
        text += piece.content;
    }
    assert.equal(text, whole.content);
});

test('langchain: tools are bound, called and answered', async () => {
    const weather = langchainTool(async ({city}) => `It snows in ${city}.`, {
        name: 'get_weather',
        description: 'Tells the weather of a city.',
        schema: z.object({city: z.string()}),
    });
    const bound = chat({}).bindTools([weather], {tool_choice: 'get_weather'});
    const question = new HumanMessage('What is the weather in Oslo?');
    const called = await bound.invoke([question]);
    assert.equal(called.tool_calls.length, 1);
    assert.equal(called.tool_calls[0].name, 'get_weather');
    const told = await weather.invoke(called.tool_calls[0]);
    assert.ok(told instanceof ToolMessage);
    const answer = await chat({}).invoke([question, called, told]);
    assert.ok(answer.content.length > 0);
});

test('langchain: an answer keeps its schema', async () => {
    for (const method of ['jsonSchema', 'functionCalling']) {
        const value = await chat({}).withStructuredOutput(tower, {name: 'tower', method}).invoke('Describe a pagoda.');
        assert.ok(Number.isInteger(value.floors), method);
    }
});

test('langchain: texts are embedded', async () => {
    const embeddings = new OpenAIEmbeddings({model: 'all-minilm-l6-v2', apiKey, configuration: {baseURL}});
    assert.equal((await embeddings.embedQuery('a cat')).length, 384);
});

test('langchain: errors and aborts reach the caller', async () => {
    assert.equal((await thrown(chat({model: 'none'}).invoke('x'))).status, 404);
    const abort = new AbortController();
    const error = await thrown((async () => {
        for await (const piece of await chat({maxTokens: 20_000}).stream('Tell me of pagodas.', {signal: abort.signal})) {
            if (piece.content) {
                abort.abort();
            }
        }
    })());
    assert.match(String(error), /abort/i);
});
