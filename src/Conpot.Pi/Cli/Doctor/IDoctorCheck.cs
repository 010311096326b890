namespace Conpot.Pi.Cli.Doctor;

/// <summary>One thing that may be wrong with a sensor, and how to find out. It looks and changes nothing.</summary>
internal interface IDoctorCheck
{
    /// <summary>In lower case, with hyphens.</summary>
    string Name { get; }

    /// <summary>At least one finding. Exceptions may propagate: whoever runs it makes a failure of them.</summary>
    /// <param name="cancel">The time is up; who does not mind it is left behind.</param>
    Task<IReadOnlyList<Finding>> Run(Patient patient, CancellationToken cancel);
}

/// <summary>What a check has found.</summary>
/// <param name="Remedy">What to do, with the command to type; empty when all is well.</param>
internal sealed record Finding(Verdict Verdict, string Fact, string Remedy = "")
{
    public static Finding Ok(string fact) => new(Verdict.Ok, fact);

    public static Finding Skipped(string reason) => new(Verdict.Skipped, reason);

    /// <param name="message">The fact; the remedy behind the first semicolon, as in all of this program's messages.</param>
    public static Finding Warning(string message) => Of(Verdict.Warning, message);

    /// <inheritdoc cref="Warning"/>
    public static Finding Failure(string message) => Of(Verdict.Failure, message);

    private static Finding Of(Verdict verdict, string message)
    {
        var cut = message.IndexOf("; ", StringComparison.Ordinal);
        return cut < 0 ? new Finding(verdict, message) : new Finding(verdict, message[..cut], message[(cut + 2)..]);
    }
}

/// <summary>A check that waits for nothing: what most of them are.</summary>
internal abstract class Inspection(string name) : IDoctorCheck
{
    public string Name => name;

    public Task<IReadOnlyList<Finding>> Run(Patient patient, CancellationToken cancel) => Task.FromResult<IReadOnlyList<Finding>>([.. Look(patient)]);

    protected abstract IEnumerable<Finding> Look(Patient patient);
}
