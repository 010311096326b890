using Conpot.Pi.Hosting.Control;

namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi io ack</c>: somebody has seen the alert.</summary>
internal static class IoAckVerb
{
    public static ExitCode Run(CommandLine line)
    {
        if (Settings.Control(line) is not { } control) return ExitCode.BadConfig;
        using var client = ControlClient.Connect(control);
        using var reply = client.Ask("ack");
        if (!line.Quiet) Console.Out.WriteLine(reply.RootElement.Flag("acknowledged") ? "acknowledged; the next hostile event raises the alert again" : "there is no alert");
        return ExitCode.Ok;
    }
}
