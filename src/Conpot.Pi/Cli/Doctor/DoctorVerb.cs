using System.Text.Json;
using Conpot.Pi.Hosting;

namespace Conpot.Pi.Cli.Doctor;

/// <summary><c>conpot-pi doctor</c>: all checks, each with what it found and what to type.</summary>
internal static class DoctorVerb
{
    private const int NameWidth = 16;

    public static ExitCode Run(CommandLine line)
    {
        var patient = Patient.Of(ConfigSource.Find(line.Value("--config"), line.Values("--set")), TimeProvider.System);
        var findings = Examination.Run(Examination.Checks, patient).GetAwaiter().GetResult();
        foreach (var sink in patient.Plan?.Sinks ?? []) Events.Forwarders.Discard(sink);
        if (line.Json) PrintJson(patient, findings);
        else foreach (var row in Render(findings, line.Quiet, line.Colour)) Console.Out.WriteLine(row);
        var code = findings.Any(f => f.Finding.Verdict == Verdict.Failure) ? ExitCode.Failed : ExitCode.Ok;
        if (!line.Has("--send")) return code;
        if (!line.Json && !line.Quiet) Console.Out.WriteLine();
        return TestAlertVerb.Run(line) is var sent && sent != ExitCode.Ok ? sent : code;
    }

    internal static IEnumerable<string> Render(IReadOnlyList<(string Check, Finding Finding)> findings, bool quiet, bool colour)
    {
        foreach (var (check, finding) in findings)
        {
            if (quiet && finding.Verdict < Verdict.Warning) continue;
            yield return VerdictText.Line(check, NameWidth, finding.Verdict, finding.Fact, colour);
            if (finding.Remedy.Length > 0) yield return VerdictText.Remedy(NameWidth, finding.Remedy);
        }
        if (!quiet) yield return VerdictText.Summary([.. findings.Select(f => f.Finding.Verdict)]);
    }

    private static void PrintJson(Patient patient, IReadOnlyList<(string Check, Finding Finding)> findings)
    {
        using (var json = new Utf8JsonWriter(Console.OpenStandardOutput())) Write(json, patient, findings);
        Console.Out.WriteLine();
    }

    internal static void Write(Utf8JsonWriter json, Patient patient, IReadOnlyList<(string Check, Finding Finding)> findings)
    {
        json.WriteStartObject();
        json.WriteString("settings", patient.Settings);
        json.WriteBoolean("running", patient.IsRunning);
        json.WriteStartArray("checks");
        foreach (var (check, finding) in findings)
        {
            json.WriteStartObject();
            json.WriteString("check", check);
            json.WriteString("verdict", finding.Verdict switch
            {
                Verdict.Ok => "ok",
                Verdict.Warning => "warning",
                Verdict.Failure => "failure",
                _ => "skipped",
            });
            json.WriteString("fact", finding.Fact);
            if (finding.Remedy.Length > 0) json.WriteString("remedy", finding.Remedy);
            else json.WriteNull("remedy");
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("warnings", findings.Count(f => f.Finding.Verdict == Verdict.Warning));
        json.WriteNumber("failures", findings.Count(f => f.Finding.Verdict == Verdict.Failure));
        json.WriteEndObject();
    }
}
