namespace Conpot.Pi.Plc;

/// <summary>What the mode switch and the network can put the CPU into.</summary>
internal enum OperatingMode { Stop, Run }

/// <summary>Where the mode switch under the front cover stands.</summary>
internal enum SwitchPosition { Stop, Term, Run }

/// <summary>Who or what changed the mode.</summary>
/// <remarks>Automatic: it starts again by itself some time after the network stopped it.</remarks>
internal enum ModeReason { PowerUp, Network, Automatic, Switch, Program, Fault, FaultCleared }

/// <summary>How the CPU took an order to change its mode.</summary>
internal enum ModeAnswer
{
    Done,

    /// <summary>It was in that mode already.</summary>
    AlreadyThere,

    /// <summary>A system fault, or the mode switch in STOP, forbids it.</summary>
    Refused,
}

/// <summary>A change of mode or of the SF lamp, told after it happened.</summary>
internal readonly record struct ModeChange(OperatingMode From, OperatingMode To, bool SystemFault, ModeReason Reason);

/// <summary>What Q and AQ do in STOP.</summary>
internal enum StopOutputs { Off, Hold }
