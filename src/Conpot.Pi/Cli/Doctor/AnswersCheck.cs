using System.Net;
using System.Net.Sockets;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether the running sensor answers a visitor: one value is read through each protocol. The journal has it as a read of this machine; reads raise no alert.</summary>
internal sealed class AnswersCheck : IDoctorCheck
{
    /// <summary>Longer than the slowest device that can be configured, shorter than this check may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    public string Name => "protocols";

    public async Task<IReadOnlyList<Finding>> Run(Patient patient, CancellationToken cancel)
    {
        if (!patient.IsRunning) return [Finding.Skipped("no sensor runs that could answer")];
        var findings = await Task.WhenAll(patient.Open.Select(listener => Ask(listener, patient, cancel)));
        return findings.Length > 0 ? findings : [Finding.Skipped("no port is open")];
    }

    private static async Task<Finding> Ask(Listener listener, Patient patient, CancellationToken cancel)
    {
        if (ProtocolReading.All.FirstOrDefault(r => r.Protocol == listener.Protocol) is not { } reading) return Finding.Skipped($"{listener}: this program does not know how to read it");
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = patient.Time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), late, Patience, Timeout.InfiniteTimeSpan);
        try
        {
            return await reading.Read(Reachable(listener.EndPoint), patient, late.Token) is { } answer
                ? Finding.Ok($"{listener}: {answer}")
                : Finding.Failure($"{listener}: what answers there is not the device; see who has it: sudo ss -l{listener.Transport[0]}np sport = :{listener.EndPoint.Port}");
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // As the device does whose protocol is part of its program.
            if (patient.Status is { } status && status.Text("mode") == "STOP")
                return Finding.Warning($"{listener}: no answer while the CPU is in STOP; put it into RUN at the panel, or restart it: sudo systemctl restart conpot-pi");
            var fact = e is OperationCanceledException ? $"no answer within {Patience.TotalSeconds:0} s" : e.Message;
            return Finding.Failure($"{listener}: {fact}; see whether a firewall is in the way (sudo nft list ruleset), and what the sensor says: journalctl -u conpot-pi");
        }
    }

    private static IPEndPoint Reachable(IPEndPoint listening) =>
        !Listener.IsEverywhere(listening.Address) ? listening : new IPEndPoint(listening.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback, listening.Port);
}
