using Conpot.Pi.Appliance;

namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi appliance unreachable</c>: answers datagrams to closed ports of the plant's interface as the device does, until it is stopped.</summary>
internal static class ApplianceUnreachable
{
    public static ExitCode Run(CommandLine line, string? given)
    {
        if (Settings.InForce(line) is not { } plan) return ExitCode.BadConfig;
        plan.Cpu.Dispose();
        var plant = given ?? plan.Appliance.Interface;
        if (!plan.Stack.Enabled || (given is null && !plan.Appliance.Personality))
        {
            if (!line.Quiet) Console.Error.WriteLine($"conpot-pi: the profile {plan.Profile.Name} has the kernel's own TCP/IP ([stack] enabled = false): nothing to do");
            return ExitCode.Ok;
        }
        var answers = new Unreachables(plan.Stack, ApplianceStack.Ports(plan).Udp, IsOpen, TimeProvider.System);
        var gate = new Lock();
        var stopped = false;
        RawSockets? open = null;
        using var interrupts = Interrupts.Catch(() =>
        {
            lock (gate)
            {
                stopped = true;
                open?.Hang();
            }
        });
        while (true)
        {
            try
            {
                using var sockets = RawSockets.Open(plant);
                lock (gate) open = stopped ? null : sockets;
                if (open is null) return ExitCode.Ok;
                if (!line.Quiet) Console.Error.WriteLine($"conpot-pi: ready; answering for the closed UDP ports of {plant}");
                answers.Run(sockets);
                lock (gate) open = null;
            }
            catch (IOException e)
            {
                Console.Error.WriteLine($"conpot-pi: {e.Message}");
                return ExitCode.Failed;
            }
            if (stopped) return ExitCode.Ok;
            if (!line.Quiet) Console.Error.WriteLine($"conpot-pi: {plant} is another interface now; listening anew");
        }
    }

    private static bool IsOpen(int port) => Unreachables.IsListed(Table("/proc/net/udp"), port) || Unreachables.IsListed(Table("/proc/net/udp6"), port);

    private static string Table(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
