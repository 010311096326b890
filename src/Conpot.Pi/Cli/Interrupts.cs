using System.Runtime.InteropServices;

namespace Conpot.Pi.Cli;

/// <summary>Ctrl-C and SIGTERM while a verb has something to put back first.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly PosixSignalRegistration[] _signals;
    private volatile bool _came;

    private Interrupts(Action came) => _signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        _came = true;
        came();
    }))];

    public bool Came => _came;

    /// <param name="came">Makes the verb end; called on a thread of its own.</param>
    public static Interrupts Catch(Action came) => new(came);

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
    }
}
