using Conpot.Pi.Hosting.Control;

namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi io watch</c>: the live image of inputs and outputs, redrawn in place; one picture of it where there is no terminal.</summary>
internal static class IoWatchVerb
{
    private const string HideCursor = "\e[?25l", ShowCursor = "\e[?25h", ClearScreen = "\e[2J", Home = "\e[H", ClearLine = "\e[K", ClearBelow = "\e[J";

    public static ExitCode Run(CommandLine line)
    {
        if (Settings.Control(line) is not { } control) return ExitCode.BadConfig;
        using var client = ControlClient.Connect(control);
        using var interrupt = Interrupts.Catch(client.Hang);
        client.Send("io-watch");
        var text = new IoWatchText();
        if (Console.IsOutputRedirected) return Once(client, text);
        Console.Out.Write(HideCursor + ClearScreen);
        try
        {
            while (client.Read() is { } reply)
            {
                using (reply)
                {
                    if (!text.Take(reply.RootElement)) continue;
                    // A terminal that does not tell its size has 0.
                    var (width, height) = (Console.WindowWidth > 0 ? Console.WindowWidth : 80, Console.WindowHeight > 0 ? Console.WindowHeight : 24);
                    Console.Out.Write(Home + string.Join(ClearLine + "\r\n", text.Render(width, height, line.Colour)) + ClearLine + ClearBelow);
                }
            }
        }
        finally
        {
            Console.Out.WriteLine(ShowCursor);
        }
        if (!interrupt.Came) throw new ControlException("the sensor has stopped");
        return ExitCode.Ok;
    }

    private static ExitCode Once(ControlClient client, IoWatchText text)
    {
        while (client.Read() is { } reply)
        {
            using (reply)
            {
                if (!text.Take(reply.RootElement)) continue;
                foreach (var row in text.Render(width: 0, height: 0, colour: false)) Console.Out.WriteLine(row);
                return ExitCode.Ok;
            }
        }
        throw new ControlException("the sensor ended the connection without an answer; is it stopping?");
    }
}
