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
        RawSockets sockets;
        try
        {
            sockets = RawSockets.Open(plant);
        }
        catch (IOException e)
        {
            Console.Error.WriteLine($"conpot-pi: {e.Message}");
            return ExitCode.Failed;
        }
        using (sockets)
        using (Interrupts.Catch(sockets.Hang))
        {
            if (!line.Quiet) Console.Error.WriteLine($"conpot-pi: ready; answering for the closed UDP ports of {plant}");
            new Unreachables(plan.Stack, ApplianceStack.Ports(plan).Udp, IsOpen, TimeProvider.System).Run(sockets);
        }
        return ExitCode.Ok;
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
