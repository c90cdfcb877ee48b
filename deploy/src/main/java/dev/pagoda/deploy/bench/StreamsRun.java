package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Many streams at once from one platform, each over a connection of its own.
///
/// One thread reads them all over plain sockets, for what the client takes of the machine the platform lacks. It first
/// takes the bytes of all connections that have some, each with the time at which they were read, and looks into them
/// afterwards.
final class StreamsRun {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    /// Bytes taken before any is looked into.
    private static final int ARENA = 1 << 20;
    /// At least so much of it has to be free for another read.
    private static final int LEAST_ROOM = 1 << 14;

    private static final int MOST_READS = 4_096;

    private final List<TokenStream> streams = new ArrayList<>();
    private final AtomicInteger begun = new AtomicInteger();
    private final CountDownLatch ended;
    private final Selector selector;
    private final Ask ask;
    private final int perSecond;
    private volatile boolean isHungUp;

    private final ByteBuffer arena = ByteBuffer.allocateDirect(ARENA);
    private final byte[] bytes = new byte[ARENA];
    private final SelectionKey[] from = new SelectionKey[MOST_READS];
    /// Where each read ends in the arena, and when it was made.
    private final int[] ends = new int[MOST_READS];

    private final long[] times = new long[MOST_READS];
    private int reads;

    /// @param tokens of each answer
    private record Ask(StreamsPlatform platform, int tokens) {
        byte[] request(int number) {
            String body = String.format(Locale.ROOT, """
                    {"model": "%s", "max_tokens": %d, "ignore_eos": true, "temperature": 0, "seed": 7, "stream": true,\
                     "stream_options": {"include_usage": true},\
                     "messages": [{"role": "user", "content": "Tell me about station %d of the line."}]}""", platform.model(), tokens, number);
            return ("POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer "
                            + platform.key()
                            + "\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: "
                            + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body)
                    .getBytes(StandardCharsets.UTF_8);
        }
    }

    private StreamsRun(Ask ask, int count, int perSecond) throws IOException {
        this.ask = ask;
        this.perSecond = perSecond;
        this.ended = new CountDownLatch(count);
        this.selector = Selector.open();
        for (int i = 0; i < count; i++) {
            boolean[] isFirst = {true};
            streams.add(new TokenStream(at -> {
                if (isFirst[0]) {
                    isFirst[0] = false;
                    begun.incrementAndGet();
                }
            }));
        }
    }

    /// Begins so many streams.
    ///
    /// @param perSecond connections that are opened in a second
    static StreamsRun begin(StreamsPlatform platform, int count, int tokens, int perSecond) throws IOException {
        var run = new StreamsRun(new Ask(platform, tokens), count, perSecond);
        Thread.ofPlatform().daemon().name("streams").start(run::serve);
        return run;
    }

    private void serve() {
        try (selector) {
            long start = System.nanoTime();
            int opened = 0;
            while (ended.getCount() > 0) {
                long now = System.nanoTime();
                while (opened < streams.size() && now - start >= dueNanos(opened)) {
                    open(opened++);
                }
                if (isHungUp) {
                    selector.keys().forEach(this::close);
                    for (; opened < streams.size(); opened++) {
                        ended.countDown();
                    }
                    return;
                }
                long wait = opened < streams.size() ? 1 : 100;
                selector.select(this::ready, wait);
                look();
            }
        } catch (IOException broken) {
            throw new UncheckedIOException("the streams cannot be read", broken);
        }
    }

    private long dueNanos(int number) {
        return (long) (1e9 * number / perSecond);
    }

    private void open(int number) {
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open();
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.connect(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), ask.platform().port()));
            var request = ByteBuffer.wrap(ask.request(number));
            while (request.hasRemaining()) {
                channel.write(request);
            }
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, streams.get(number));
        } catch (IOException refused) {
            shut(channel);
            ended.countDown();
        }
    }

    /// Takes what has come; it is looked into when all have been read.
    private void ready(SelectionKey key) {
        if (reads == MOST_READS || arena.remaining() < LEAST_ROOM) {
            look();
        }
        int count;
        try {
            count = ((SocketChannel) key.channel()).read(arena);
        } catch (IOException broken) {
            count = -1;
        }
        from[reads] = key;
        times[reads] = System.nanoTime();
        ends[reads++] = count < 0 ? -1 : arena.position();
    }

    private void look() {
        arena.flip().get(bytes, 0, arena.limit()).clear();
        int at = 0;
        for (int i = 0; i < reads; i++) {
            var stream = (TokenStream) from[i].attachment();
            if (ends[i] < 0) {
                close(from[i]);
                continue;
            }
            stream.read(bytes, at, ends[i], times[i]);
            at = ends[i];
            if (stream.isDone()) {
                close(from[i]);
            }
        }
        reads = 0;
    }

    private void close(SelectionKey key) {
        if (key.isValid()) {
            shut((SocketChannel) key.channel());
            ended.countDown();
        }
    }

    private static void shut(@Nullable SocketChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException gone) {
                // it is closed all the same
            }
        }
    }

    /// Waits until every stream has its first token, or one has ended.
    void awaitBegun() throws IOException, InterruptedException {
        BoundedWait.until(
                () -> begun.get() >= streams.size() || ended.getCount() < streams.size(),
                Duration.ofMillis(5),
                PATIENCE,
                () -> "of " + streams.size() + " streams " + begun + " have begun after " + PATIENCE.toMinutes()
                        + " min");
    }

    void awaitEnded() throws InterruptedException {
        if (!ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new StartRefused(ended.getCount() + " streams have not ended after " + PATIENCE.toMinutes() + " min");
        }
    }

    /// Cuts all connections.
    void hangUp() {
        isHungUp = true;
        selector.wakeup();
    }

    /// To be read when all have ended.
    List<TokenStream> streams() {
        return streams;
    }
}
