using System.Buffers;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Cli;
using Conpot.Pi.Cli.Doctor;
using Xunit;

namespace Conpot.Pi.Tests.Cli.Doctor;

/// <summary>The examination as a whole, and what it says of settings and sensor.</summary>
public class ExaminationTests
{
    [Fact]
    public async Task A_check_that_hangs_holds_up_no_other_and_has_an_end()
    {
        using var rig = new PatientRig();
        var never = new TaskCompletionSource<IReadOnlyList<Finding>>();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hanging = new Some("hanging", _ => never.Task);
        var minding = new Some("minding", async cancel =>
        {
            await Task.Delay(Timeout.Infinite, cancel);
            return [];
        });
        var last = new Some("last", _ =>
        {
            reached.SetResult();
            return never.Task;
        });
        var running = Examination.Run([hanging, minding, last], rig.Patient);
        await reached.Task; // no time has passed, and two hang before it
        while (!running.IsCompleted)
        {
            rig.Time.Advance(TimeSpan.FromSeconds(1)); // however late the pool's threads begin
            await Task.Yield();
        }
        var findings = await running;
        Assert.Equal(["hanging", "minding", "last"], findings.Select(f => f.Check));
        Assert.All(findings, f => Assert.Equal(Verdict.Failure, f.Finding.Verdict));
        Assert.All(findings, f => Assert.StartsWith("came to no end within 15 s", f.Finding.Fact, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_check_that_breaks_spoils_no_other()
    {
        using var rig = new PatientRig();
        var findings = await Examination.Run(
            [new Some("broken", _ => throw new InvalidDataException("a mistake.")), new Some("well", _ => Task.FromResult<IReadOnlyList<Finding>>([Finding.Ok("yes")]))], rig.Patient);
        Assert.Equal([("broken", Verdict.Failure), ("well", Verdict.Ok)], findings.Select(f => (f.Check, f.Finding.Verdict)));
        Assert.StartsWith("could not be made (a mistake)", findings[0].Finding.Fact, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_check_has_a_name_of_its_own()
    {
        Assert.Equal(Examination.Checks.Count, Examination.Checks.Select(c => c.Name).Distinct().Count());
        Assert.All(Examination.Checks, c => Assert.Matches("^[a-z]+(-[a-z]+)*$", c.Name));
    }

    [Fact]
    public void Without_settings_and_without_a_sensor_every_check_still_ends_in_words()
    {
        using var rig = new PatientRig("[network]\nlisten = \"nowhere\"\n");
        Assert.Null(rig.Patient.Plan);
        foreach (var check in Examination.Checks)
            Assert.All(rig.Run(check), f => Assert.NotEqual("", f.Fact));
    }

    [Fact]
    public void Wrong_settings_are_told_with_their_places()
    {
        using var rig = new PatientRig("[modbus]\nprot = 502\n[journal]\nsync = \"soon\"\n");
        var findings = rig.Run(new SettingsCheck());
        Assert.Equal(2, findings.Count);
        Assert.All(findings, f => Assert.Equal(Verdict.Failure, f.Verdict));
        Assert.Contains(":4:1: unknown setting 'prot'", findings[0].Fact, StringComparison.Ordinal);
        Assert.StartsWith("did you mean 'port'?", findings[0].Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sensor_that_runs_is_well_and_one_that_does_not_is_to_be_started()
    {
        using var rig = new PatientRig();
        Assert.Contains("systemctl start conpot-pi", Assert.Single(rig.Run(new SensorCheck())).Remedy, StringComparison.Ordinal);
        rig.Runs();
        Assert.Equal(["Ok: pump-3 is in RUN, modbus 192.0.2.1:502, snmp 192.0.2.1:161 (UDP)"], rig.Tell(new SensorCheck()));
        rig.Runs(PatientRig.Running.Replace("VERSION", "0.0.1", StringComparison.Ordinal));
        Assert.Equal(Verdict.Warning, rig.Run(new SensorCheck())[0].Verdict);
        rig.With(p => p with { Status = null, Unasked = "permission denied at /run/x: join the group conpot-pi" });
        Assert.Equal(["Failure: permission denied at /run/x -> join the group conpot-pi"], rig.Tell(new SensorCheck()));
    }

    [Fact]
    public void Findings_are_lines_with_what_to_do_beneath_and_a_sum_at_the_end()
    {
        (string, Finding)[] findings = [("ports", Finding.Ok("free")), ("sinks", Finding.Failure("a\e[2Jb; do; this")), ("clock", Finding.Warning("late; wait")), ("machine", Finding.Skipped("none"))];
        Assert.Equal(
        [
            "ok    ports             free",
            "FAIL  sinks             a·[2Jb",
            "                        -> do; this",
            "warn  clock             late",
            "                        -> wait",
            "skip  machine           none",
            "1 ok, 1 warning, 1 failure, 1 skipped",
        ], DoctorVerb.Render(findings, quiet: false, colour: false));
        Assert.Equal(4, DoctorVerb.Render(findings, quiet: true, colour: false).Count());
        Assert.StartsWith("\e[32mok\e[0m    ports", DoctorVerb.Render(findings, quiet: false, colour: true).First(), StringComparison.Ordinal);
    }

    [Fact]
    public void As_JSON_it_has_all_of_it()
    {
        using var rig = new PatientRig();
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) DoctorVerb.Write(json, rig.Patient, [("ports", Finding.Ok("free")), ("sinks", Finding.Failure("down; start it"))]);
        Assert.Equal("""{"settings":"conpot-pi.toml","running":false,"checks":[{"check":"ports","verdict":"ok","fact":"free","remedy":null},{"check":"sinks","verdict":"failure","fact":"down","remedy":"start it"}],"warnings":0,"failures":1}""", Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private sealed class Some(string name, Func<CancellationToken, Task<IReadOnlyList<Finding>>> run) : IDoctorCheck
    {
        public string Name => name;

        public Task<IReadOnlyList<Finding>> Run(Patient patient, CancellationToken cancel) => run(cancel);
    }
}
