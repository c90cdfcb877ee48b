package dev.pagoda.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.deploy.Examination.Finding;
import dev.pagoda.deploy.Examination.Verdict;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda doctor`: tells whether this machine can carry the platform, and what to do where it cannot.
@Command(name = "doctor")
final class Doctor implements Callable<Integer> {
    @Option(names = "--port")
    private int port = HttpConfig.defaults().port();

    @Option(names = "--data")
    private Path data = Path.of("data");

    @Option(names = "--json")
    private boolean json;

    @Override
    public Integer call() throws JsonProcessingException {
        List<Finding> findings = new Examination(port, data.toAbsolutePath().normalize()).findings();
        boolean fit = findings.stream().noneMatch(finding -> finding.verdict() == Verdict.FAIL);
        if (json) {
            System.out.println(new ObjectMapper().writeValueAsString(asJson(fit, findings)));
        } else {
            for (Finding finding : findings) {
                System.out.println(line(finding));
            }
        }
        return fit ? 0 : Main.FAILED;
    }

    private static String line(Finding finding) {
        String line = String.format(
                Locale.ROOT,
                "%-5s %-11s %s",
                finding.verdict().name().toLowerCase(Locale.ROOT),
                finding.subject(),
                finding.detail());
        return finding.advice().isEmpty() ? line : line + ": " + finding.advice();
    }

    private static Map<String, Object> asJson(boolean fit, List<Finding> findings) {
        List<Map<String, String>> checks = findings.stream()
                .map(finding -> {
                    Map<String, String> check = new LinkedHashMap<>();
                    check.put("name", finding.subject());
                    check.put("status", finding.verdict().name().toLowerCase(Locale.ROOT));
                    check.put("detail", finding.detail());
                    check.put("advice", finding.advice());
                    return check;
                })
                .toList();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("ok", fit);
        body.put("checks", checks);
        return body;
    }
}
