namespace Conpot.Pi.Cli.Doctor;

/// <summary>All checks on one patient, beside each other and each with an end.</summary>
internal static class Examination
{
    /// <summary>The slowest device that can be configured answers in 10 s, and so long a sink waits for a connection.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>The list of what is looked at, in the order in which it is told. A new check is a file and one line here.</summary>
    public static readonly IReadOnlyList<IDoctorCheck> Checks =
    [
        new SettingsCheck(),
        new SensorCheck(),
        new ApplianceCheck(),
        new PortsCheck(),
        new RightsCheck(),
        new ClockCheck(Events.SystemClock.IsSynchronised),
        new WiringCheck(),
        new SpaceCheck(SpaceCheck.FreeBytes),
        new MediumCheck(),
        new JournalCheck(),
        new StateCheck(),
        new TlsCheck(() => Events.Sinks.SinkTls.IsAvailable),
        new SinksCheck(),
        new AnswersCheck(),
        new IdentityCheck(),
        new TracesCheck(),
        new ServicesCheck(),
        new MachineCheck(),
    ];

    /// <summary>Findings in the order of the checks.</summary>
    public static async Task<IReadOnlyList<(string Check, Finding Finding)>> Run(IReadOnlyList<IDoctorCheck> checks, Patient patient)
    {
        var all = checks.Select(check => Task.Run(() => Run(check, patient))).ToList();
        var findings = new List<(string, Finding)>();
        foreach (var (check, running) in checks.Zip(all))
            foreach (var finding in await running) findings.Add((check.Name, finding));
        return findings;
    }

    private static async Task<IReadOnlyList<Finding>> Run(IDoctorCheck check, Patient patient)
    {
        using var late = new CancellationTokenSource(Patience, patient.Time);
        try
        {
            // Twice: a file on a medium that hangs minds no token.
            return await Task.Run(() => check.Run(patient, late.Token)).WaitAsync(Patience + TimeSpan.FromSeconds(1), patient.Time);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return [Finding.Failure($"came to no end within {Patience.TotalSeconds:0} s; a medium or a network hangs, 'dmesg' may name it")];
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return [Finding.Failure($"could not be made ({e.Message.TrimEnd('.')}); try it as root: sudo conpot-pi doctor")];
        }
    }
}
