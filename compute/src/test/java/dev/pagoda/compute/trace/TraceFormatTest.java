package dev.pagoda.compute.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceFormatTest {
    private static final String TIRESIAS = "job_id,num_gpu,submit_time,iterations,model_name,duration,interval\n";
    private static final String OPENB =
            "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n";

    @TempDir
    Path folder;

    @Test
    void readsAJobOfTiresias() {
        JobTrace trace = read(TIRESIAS + "7,8,30,133,vgg11,147,23\n");
        assertEquals(TraceFormat.TIRESIAS, trace.format());
        assertEquals(
                List.of(new TraceJob("7", "vgg11", 30, 8, 1000, new TraceJob.Work.Seconds(147), List.of())),
                trace.jobs());
    }

    @Test
    void readsAJobOfGavelWithItsSteps() {
        JobTrace trace = read("A3C\tpython main.py\t--max-steps\t0\t500\t12.5\t1\n");
        assertEquals(TraceFormat.GAVEL, trace.format());
        assertEquals(
                List.of(new TraceJob("0", "A3C", 12.5, 1, 1000, new TraceJob.Work.Steps(500), List.of())),
                trace.jobs());
    }

    @Test
    void readsTheLaterTraceOfGavelWithTenColumns() {
        JobTrace trace = read("LM (batch size 5)\tpython\tlm\t--steps\t1\t900\t4\t1\t-1.000000\t60\n");
        assertEquals(60, trace.jobs().getFirst().arrivalSeconds());
        assertEquals(4, trace.jobs().getFirst().devices());
    }

    @Test
    void givesAJobOfSiaTheWorkOfItsSizeClassOnItsReplicas() {
        JobTrace trace = read("name,time,application,num_replicas,batch_size\nimagenet-0,4,imagenet,8,1600\n");
        TraceJob.Work work = trace.jobs().getFirst().work();
        assertEquals(Math.sqrt(100_000) * 3600 / 8, ((TraceJob.Work.Seconds) work).seconds(), 1e-6);
        assertTrue(trace.notes().getFirst().contains("does not say how long"), trace.notes()::toString);
    }

    @Test
    void readsPodsThatRanOnDevicesAndCountsTheOthers() {
        JobTrace trace = read(OPENB
                + "a,1,1,1,460,V100M16|V100M32|V100M32,LS,Running,10,110,20\n"
                + "b,1,1,0,0,,LS,Running,10,110,20\n"
                + "c,1,1,2,1000,,LS,Pending,10,110,\n");
        assertEquals(
                List.of(new TraceJob(
                        "a", "", 10, 1, 460, new TraceJob.Work.Seconds(90), List.of("V100M16", "V100M32"))),
                trace.jobs());
        assertEquals(2, trace.notes().size());
    }

    @Test
    void putsJobsInTheOrderOfTheirArrival() {
        JobTrace trace = read(TIRESIAS + "b,1,9,1,m,5,1\na,1,3,1,m,5,1\n");
        assertEquals(
                List.of("a", "b"), trace.jobs().stream().map(TraceJob::name).toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1,2,x,1,m,5,1 | 2 | 5 | submit_time",
                "1,-2,0,1,m,5,1 | 2 | 3 | num_gpu",
                "1,1000000000000,0,1,m,5,1 | 2 | 3 | num_gpu",
                "1,2,0,1,m,0,1 | 2 | 11 | above 0",
                "1,2,0,1,m,NaN,1 | 2 | 11 | duration",
                "1,2,0,1,m,1e300,1 | 2 | 11 | duration",
                "1,2,0,1,m | 2 | 10 | 7 fields",
                "1,2,0,1,m,5,1,9 | 2 | 15 | 7 fields",
            })
    void tellsWhereATraceIsBrokenAndWhatWasExpected(String line, int at, int column, String expected) {
        TraceFault fault = assertThrows(TraceFault.class, () -> read(TIRESIAS + line + "\n1,1,1,1,m,1,1\n"));
        assertEquals("jobs.csv", fault.file());
        assertEquals(at, fault.line());
        assertEquals(column, fault.column(), fault::getMessage);
        assertTrue(fault.getMessage().startsWith("jobs.csv:" + at + ":" + column + ": expected "), fault::getMessage);
        assertTrue(fault.expected().contains(expected), fault::getMessage);
    }

    @Test
    void refusesTheSameJobTwice() {
        TraceFault fault = assertThrows(TraceFault.class, () -> read(TIRESIAS + "1,1,1,1,m,1,1\n1,1,1,1,m,1,1\n"));
        assertEquals(3, fault.line());
    }

    @Test
    void refusesAnApplicationItKnowsNoWorkOf() {
        TraceFault fault =
                assertThrows(TraceFault.class, () -> read("name,time,application,num_replicas\nx,1,alexnet,1\n"));
        assertTrue(fault.getMessage().contains("bert, cifar10"), fault::getMessage);
    }

    @Test
    void refusesPodsWithoutTimes() {
        assertThrows(TraceFault.class, () -> read("name,cpu_milli,memory_mib,num_gpu,gpu_milli\na,1,1,1,460\n"));
    }

    @Test
    void refusesAFileOfNoKnownFormatWithTheColumnsOfEach() {
        TraceFault fault = assertThrows(TraceFault.class, () -> read("alpha,beta\n1,2\n"));
        assertTrue(fault.getMessage().contains("(tiresias)"), fault::getMessage);
        assertThrows(TraceFault.class, () -> read(""));
    }

    @Test
    void refusesTracesWithoutAJob() {
        assertThrows(TraceFault.class, () -> read(TIRESIAS));
        assertThrows(TraceFault.class, () -> read("name,time,application,num_replicas\n"));
        assertThrows(TraceFault.class, () -> read(OPENB));
        assertThrows(TraceFault.class, () -> TraceFormat.GAVEL.read(new TraceText("x", "\n\n")));
    }

    @Test
    void refusesWhatIsNotUtf8WithItsPlace() throws IOException {
        Path file = folder.resolve("x.csv");
        byte[] bytes = "a,b\nc,d\n".getBytes(StandardCharsets.UTF_8);
        bytes[6] = (byte) 0xff;
        Files.write(file, bytes);
        TraceFault fault = assertThrows(TraceFault.class, () -> TraceText.read(file));
        assertEquals(2, fault.line());
        assertEquals(3, fault.column());
    }

    @Test
    void refusesAFolderAndAFileThatIsNotThere() {
        assertThrows(TraceFault.class, () -> TraceText.read(folder));
        assertThrows(TraceFault.class, () -> TraceText.read(folder.resolve("absent")));
    }

    @Test
    void readsLinesOfEitherEndAndPassesOverBlankOnesAndAByteOrderMark() throws IOException {
        Path file = folder.resolve("x.csv");
        Files.writeString(file, "\uFEFF" + TIRESIAS.replace("\n", "\r\n") + "\r\n1,1,1,1,m,1,1\r\n");
        assertEquals(1, TraceFormat.TIRESIAS.read(TraceText.read(file)).jobs().size());
    }

    @Test
    void doesNotPutControlCharactersOfAFileIntoMessages() {
        TraceFault fault = new TraceFault("f", 1, 2, "x", "\u001b[31m" + "y".repeat(500));
        assertTrue(fault.getMessage().chars().noneMatch(Character::isISOControl), fault::getMessage);
        assertTrue(fault.getMessage().length() < 100, fault::getMessage);
    }

    private static JobTrace read(String text) {
        TraceText whole = new TraceText("jobs.csv", text);
        return TraceFormat.of(whole).read(whole);
    }
}
