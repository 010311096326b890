using Conpot.Pi.Hosting.Control;

namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi status</c>: what the running sensor says of itself.</summary>
internal static class StatusVerb
{
    public static ExitCode Run(CommandLine line)
    {
        if (Settings.Control(line) is not { } control) return ExitCode.BadConfig;
        using var client = ControlClient.Connect(control);
        using var status = client.Ask("status");
        Console.Out.WriteLine(line.Json ? status.RootElement.GetRawText() : StatusText.Render(status.RootElement, TimeProvider.System.GetUtcNow(), line.Colour));
        return ExitCode.Ok;
    }
}
